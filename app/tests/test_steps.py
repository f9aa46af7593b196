from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ktr_app.engine.context import RunContext
from ktr_app.engine.errors import StepError
from tests.flow import Collector, flow, run, step, through

TYPES = {"k": "String", "v": "Integer"}
CSV = (
    '<filename>{name}</filename><separator>,</separator><enclosure>"</enclosure><header>Y</header>'
    "<fields><field><name>id</name><type>Integer</type><trim_type>both</trim_type></field>"
    "<field><name>text</name><type>String</type></field>"
    "<field><name>day</name><type>Date</type><format>yyyy-MM-dd</format></field></fields>"
)


def csv_flow(surroundings: RunContext, content: bytes, extra: str = "", name: str = "in.csv") -> Collector:
    (surroundings.files.root / "in.csv").write_bytes(content)
    steps = [step("in", "CsvInput", CSV.format(name=name)), step("out", "Collect"), step("bad", "Collect")]
    hops = [("in", "out"), ("in", "bad")] if extra else [("in", "out")]
    return run(flow(steps if extra else steps[:2], hops, extra), surroundings)[0]


def test_a_data_grid_gives_typed_rows_and_empty_is_null(surroundings: RunContext) -> None:
    found = through(
        surroundings, {"k": "String", "v": "Integer", "b": "Boolean"}, [("a", 1, "Y"), (None, None, None)]
    )
    assert found.rows("out") == [("a", 1, True), (None, None, None)]
    assert found.types("out") == {"k": "String", "v": "Integer", "b": "Boolean"}


def test_a_data_grid_names_a_wrong_value(surroundings: RunContext) -> None:
    with pytest.raises(StepError, match="Step 'in': Field 'v': 'x' is not"):
        through(surroundings, TYPES, [("a", "x")])


def test_a_generator_gives_its_limit(surroundings: RunContext) -> None:
    body = "<fields><field><name>c</name><type>Integer</type><nullif>7</nullif></field></fields>"
    body += "<limit>${N}</limit>"
    data = flow([step("in", "RowGenerator", body), step("out", "Collect")], [("in", "out")])
    found = run(data, replace(surroundings, batch_rows=1_000), {"N": "2500"})[0]
    assert [frame.height for frame in found.frames["out"]] == [1_000, 1_000, 500]


def test_csv_input_reads_quotes_dates_and_blanks(surroundings: RunContext) -> None:
    found = csv_flow(surroundings, b'\xef\xbb\xbfid,text,day\r\n 1 ,"a, ""b""",2024-02-29\r\n2,,\r\n')
    assert found.rows("out") == [(1, 'a, "b"', datetime(2024, 2, 29)), (2, None, None)]


def test_csv_input_gives_its_fields_even_without_rows(surroundings: RunContext) -> None:
    assert csv_flow(surroundings, b"id,text,day\n").types("out") == {
        "id": "Integer",
        "text": "String",
        "day": "Date",
    }


def test_csv_input_names_value_and_line(surroundings: RunContext) -> None:
    with pytest.raises(StepError, match=r"Step 'in': Field 'id': 'x' is not a Int64 \(near line 3\)"):
        csv_flow(surroundings, b"id,text,day\n1,a,\nx,b,\n")


def test_refused_rows_follow_the_error_hop(surroundings: RunContext) -> None:
    handling = (
        "<step_error_handling><error><source_step>in</source_step><target_step>bad</target_step>"
        "<is_enabled>Y</is_enabled><descriptions_valuename>why</descriptions_valuename></error></step_error_handling>"
    )
    found = csv_flow(surroundings, b"id,text,day\n1,a,\nx,b,\n", handling)
    assert [row[0] for row in found.rows("out")] == [1]
    assert found.rows("bad")[0][:2] == (None, "b")
    assert "'x'" in str(found.rows("bad")[0][-1])


@pytest.mark.parametrize(
    ("name", "message"),
    [("../secrets", "outside the data folder"), ("missing.csv", "has no file 'missing.csv'")],
)
def test_csv_input_reads_the_data_folder_only(surroundings: RunContext, name: str, message: str) -> None:
    with pytest.raises(StepError, match=message):
        csv_flow(surroundings, b"", name=name)


def test_csv_input_explains_a_wrong_encoding(surroundings: RunContext) -> None:
    with pytest.raises(StepError, match="not in the encoding"):
        csv_flow(surroundings, b"id,text,day\n1,\xe9,\n")


def test_text_file_output_writes_masks_and_quotes(surroundings: RunContext) -> None:
    body = (
        '<separator>;</separator><enclosure>"</enclosure><format>UNIX</format><file><name>o/x</name>'
        "<extention>csv</extention></file><fields><field><name>k</name></field>"
        "<field><name>n</name><format>#,##0.00</format></field></fields>"
    )
    steps = [step("1", "TextFileOutput", body)]
    through(surroundings, {"k": "String", "n": "Number"}, [("a;b", 1234.5), (None, None)], *steps)
    assert (surroundings.files.root / "o/x.csv").read_text() == 'k;n\n"a;b";1,234.50\n;\n'
    assert surroundings.files.written == [Path("o/x.csv")]


def test_a_failed_run_leaves_no_half_file(surroundings: RunContext) -> None:
    body = "<file><name>x.txt</name></file>"
    select = step("2", "SelectValues", "<fields><remove><name>ghost</name></remove></fields>")
    with pytest.raises(StepError, match="'ghost'"):
        through(surroundings, TYPES, [("a", 1)], step("1", "TextFileOutput", body), select)
    assert not (surroundings.files.root / "x.txt").exists()


def test_select_values_selects_renames_removes_and_converts(surroundings: RunContext) -> None:
    body = (
        "<fields><field><name>v</name><rename>w</rename></field><field><name>k</name></field>"
        "<select_unspecified>N</select_unspecified><remove><name>k</name></remove>"
        "<meta><name>w</name><rename>t</rename><type>String</type><conversion_mask>000</conversion_mask></meta></fields>"
    )
    found = through(surroundings, TYPES, [("a", 1)], step("1", "SelectValues", body))
    assert found.rows("out") == [("001",)]
    assert found.types("out") == {"t": "String"}


def test_select_values_refuses_what_does_not_convert(surroundings: RunContext) -> None:
    body = "<fields><meta><name>k</name><type>Integer</type></meta></fields>"
    with pytest.raises(StepError, match="'a' is not a Integer"):
        through(surroundings, TYPES, [("a", 1)], step("1", "SelectValues", body))


def test_constants_sequence_mapper_and_strings(surroundings: RunContext) -> None:
    constant = "<fields><field><name>c</name><type>Number</type><nullif>1.5</nullif></field></fields>"
    sequence = (
        "<valuename>i</valuename><start_at>1</start_at><increment_by>2</increment_by><max_value>3</max_value>"
    )
    mapper = (
        "<field_to_use>k</field_to_use><target_field>m</target_field><non_match_default>?</non_match_default>"
        "<fields><field><source_value>a</source_value><target_value>Alpha</target_value></field></fields>"
    )
    strings = (
        "<fields><field><in_stream_name>k</in_stream_name><lower_upper>upper</lower_upper></field></fields>"
    )
    found = through(
        surroundings,
        TYPES,
        [("a", 1), ("b", 2), (None, 3)],
        step("1", "Constant", constant),
        step("2", "Sequence", sequence),
        step("3", "ValueMapper", mapper),
        step("4", "StringOperations", strings),
    )
    assert found.rows("out") == [("A", 1, 1.5, 1, "Alpha"), ("B", 2, 1.5, 3, "?"), (None, 3, 1.5, 1, None)]


def calculation(kind: str, value_type: str = "Number") -> str:
    return (
        f"<calculation><field_name>r</field_name><calc_type>{kind}</calc_type><field_a>a</field_a>"
        f"<field_b>b</field_b><value_type>{value_type}</value_type><remove>N</remove></calculation>"
    )


@pytest.mark.parametrize(
    ("kind", "results"),
    [
        ("ADD", [9.0, 5.0, None]),
        ("SUBTRACT", [5.0, 5.0, None]),
        ("MULTIPLY", [14.0, 0.0, None]),
        ("DIVIDE", [3.5, None, None]),
        ("REMAINDER", [1.0, None, None]),
        ("NVL", [7.0, 5.0, 3.0]),
    ],
)
def test_the_calculator_computes_and_null_stays_null(
    surroundings: RunContext, kind: str, results: list[float | None]
) -> None:
    rows = [(7, 2), (5, 0), (None, 3)]
    found = through(
        surroundings, {"a": "Integer", "b": "Integer"}, rows, step("1", "Calculator", calculation(kind))
    )
    assert [row[-1] for row in found.rows("out")] == results


@pytest.mark.parametrize(("kind", "kept"), [("Unique", [1, 2, 3, 5]), ("UniqueRowsByHashSet", [1, 2])])
def test_unique_rows_compares_neighbours_or_all(surroundings: RunContext, kind: str, kept: list[int]) -> None:
    rows = [("a", 1), ("b", 2), ("a", 3), ("A", 4), ("b", 5)]
    body = "<fields><field><name>k</name><case_insensitive>Y</case_insensitive></field></fields>"
    small = replace(surroundings, batch_rows=2)
    assert [row[1] for row in through(small, TYPES, rows, step("1", kind, body)).rows("out")] == kept


def test_write_to_log_stops_at_its_limit(surroundings: RunContext) -> None:
    lines: list[str] = []
    talkative = replace(surroundings, log=lambda _step, line: lines.append(line))
    body = "<limitRowsNumber>2</limitRowsNumber>"
    through(talkative, TYPES, [("a", 1), ("b", 2), ("c", 3)], step("1", "WriteToLog", body))
    assert lines == ["k=a, v=1", "k=b, v=2"]


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("TableInput", "<sql/>", "no SQL"),
        ("TableOutput", "<schema>platform</schema><table>users</table>", "schema 'platform'"),
        ("TableOutput", "<table/>", "names no table"),
        ("TextFileOutput", "<file><name>/etc/x</name></file>", "outside the data folder"),
        ("TextFileOutput", "<compression>GZip</compression>", "Compression"),
        ("SortRows", "", "no field"),
        (
            "GroupBy",
            "<fields><field><aggregate>a</aggregate><type>MEDIAN</type></field></fields>",
            "'MEDIAN'",
        ),
        ("Calculator", calculation("GET_CRC_32"), "'GET_CRC_32'"),
        ("FilterRows", "", "no condition"),
        ("RowGenerator", "<never_ending>Y</never_ending>", "never ends"),
        ("Sequence", "<use_database>Y</use_database>", "database sequence"),
        ("TextFileInput", "<file><type>Fixed</type></file>", "delimited"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_the_first_row(
    surroundings: RunContext, kind: str, body: str, message: str
) -> None:
    with pytest.raises(StepError, match=message):
        through(surroundings, TYPES, [], step("1", kind, body))
