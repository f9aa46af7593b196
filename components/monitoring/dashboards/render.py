"""Dashboards as Grafana reads them, made with the types of its own SDK: importing it takes some 35 ms."""

from collections.abc import Iterator

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    logs,
    loki,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from components.monitoring.dashboards.board import (
    COLUMNS,
    Board,
    Colour,
    Kind,
    Panel,
    Query,
    Section,
    Source,
    Variable,
)

SOURCES = {source: common_models.DataSourceRef(type_val=source.value, uid=source.uid) for source in Source}
METRICS = SOURCES[Source.METRICS]
TAG = "ktr"
SLOTS = ("blue", "green")
MOVED = "ktr_edge_live_slot == 1 and on (slot) changes(ktr_edge_live_slot[1m]) > 0"
STARTED = 'max by (version, colour) (ktr_build_info{component!~".*-worker"} unless ktr_build_info offset 1m)'

PanelBuilder = timeseries.Panel | stat.Panel | statetimeline.Panel | table.Panel | logs.Panel


def render_board(board: Board) -> str:
    """A dashboard's file."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("1m")
        .link(_others())
        .annotation(_annotation("Releases", MOVED, "{{slot}} is live", Colour.BLUE))
        .annotation(_annotation("Versions", STARTED, "{{version}} started on {{colour}}", Colour.WARNING))
    )
    for variable in board.variables:
        built.with_variable(_variable(variable))
    number, top = 0, 0
    for section in board.sections:
        number += 1
        # A row of one's own: the builder would put what follows beside the panels before it.
        built.with_row(dashboard.Row(section.title).id(number).grid_pos(models.GridPos(1, COLUMNS, 0, top)))
        top += 1
        for panel, position in _placed(section, top):
            number += 1
            built.with_panel(_panel(panel).id(number).grid_pos(position))
            top = max(top, position.y + position.h)
    return JSONEncoder(indent=0, ensure_ascii=False).encode(built.build()) + "\n"


def _placed(section: Section, top: int) -> Iterator[tuple[Panel, models.GridPos]]:
    """Each panel of a section with its place, from left to right."""
    left, height = 0, 0
    for panel in section.panels:
        if left + panel.width > COLUMNS:
            left, top, height = 0, top + height, 0
        yield panel, models.GridPos(panel.height, panel.width, left, top)
        left, height = left + panel.width, max(height, panel.height)


def _others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Dashboards").type(models.DashboardLinkType.DASHBOARDS)
    return link.tags([TAG]).as_dropdown(True).keep_time(True)


def _annotation(name: str, expression: str, title: str, colour: Colour) -> dashboard.AnnotationQuery:
    annotation = dashboard.AnnotationQuery().name(name).datasource(METRICS).enable(True).icon_color(colour)
    return annotation.expr(expression).title_format(title).step("15s")


def _variable(variable: Variable) -> dashboard.QueryVariable:
    values = f"label_values({variable.metric}, {variable.name})"
    return (
        dashboard.QueryVariable(variable.name)
        .label(variable.label)
        .datasource(METRICS)
        .query({"query": values, "refId": variable.name})
        .definition(values)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _panel(panel: Panel) -> PanelBuilder:
    built = _picture(panel)
    built.title(panel.title).description(panel.description).datasource(SOURCES[panel.source]).unit(panel.unit)
    built.thresholds(_thresholds(panel))
    if panel.names:
        built.mappings([_names(panel)])
    if panel.most is not None:
        built.max(panel.most)
    if panel.empty:
        built.no_value(panel.empty)
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        built.with_target(_query(panel, query, letter))
    if any("{{slot}}" in query.legend or "{{colour}}" in query.legend for query in panel.queries):
        for slot in SLOTS:
            colour = models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": slot})
            built.override_by_regexp(f"/\\b{slot}\\b/", [colour])
    return built


def _picture(panel: Panel) -> PanelBuilder:
    match panel.kind:
        case Kind.GRAPH:
            return _graph(panel)
        case Kind.NUMBER:
            return _number(panel)
        case Kind.STATES:
            legend = common.VizLegendOptions().show_legend(False)
            return statetimeline.Panel().row_height(0.8).legend(legend).show_value(common_models.VisibilityMode.NEVER)
        case Kind.TABLE:
            return _table(panel)
        case Kind.LINES:
            return logs.Panel().show_time(True).wrap_log_message(True).enable_log_details(True)


def _graph(panel: Panel) -> timeseries.Panel:
    built = timeseries.Panel().line_width(1).fill_opacity(10).show_points(common_models.VisibilityMode.NEVER)
    legend = common.VizLegendOptions().show_legend(True).placement(common_models.LegendPlacement.BOTTOM)
    built.legend(legend.display_mode(common_models.LegendDisplayMode.LIST))
    tooltip = common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    built.tooltip(tooltip.sort(common_models.SortOrder.DESCENDING))
    if panel.stacked:
        built.fill_opacity(40).stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if panel.levels:
        style = common_models.GraphThresholdsStyleMode.DASHED
        built.thresholds_style(common.GraphThresholdsStyleConfig().mode(style))
    return built


def _number(panel: Panel) -> stat.Panel:
    newest = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
    built = stat.Panel().reduce_options(newest).color_mode(common_models.BigValueColorMode.VALUE)
    built.graph_mode(common_models.BigValueGraphMode.NONE)
    if panel.shows_name:
        built.text_mode(common_models.BigValueTextMode.NAME)
    return built


def _table(panel: Panel) -> table.Panel:
    built = table.Panel()
    built.with_transformation(models.DataTransformerConfig("merge", options={}))
    built.with_transformation(models.DataTransformerConfig("organize", options={"excludeByName": {"Time": True}}))
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        # Grafana names the only column of figures `Value`, and several by their query.
        name = f"Value #{letter}" if len(panel.queries) > 1 else "Value"
        properties = [models.DynamicConfigValue("displayName", query.legend)]
        if query.unit:
            properties.append(models.DynamicConfigValue("unit", query.unit))
        built.override_by_name(name, properties)
    return built


def _query(panel: Panel, query: Query, letter: str) -> prometheus.Dataquery | loki.Dataquery:
    if panel.source is Source.LOGS:
        asked = loki.Dataquery().ref_id(letter).expr(query.expression).datasource(SOURCES[Source.LOGS])
        return asked.query_type("range").legend_format(query.legend)
    built = prometheus.Dataquery().ref_id(letter).expr(query.expression).datasource(METRICS)
    if panel.kind is Kind.TABLE:
        return built.instant().format(PromQueryFormat.TABLE)
    if panel.kind is Kind.NUMBER:
        return built.instant().legend_format(query.legend)
    return built.range().legend_format(query.legend)


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    """Green up to the level of a warning; or, where less is worse, red up to the level that is bad."""
    config = dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE)
    if not panel.levels:
        return config.steps([models.Threshold(None, Colour.GOOD)])
    warning, bad = panel.levels.warning, panel.levels.bad
    steps = [(None, Colour.GOOD), (warning, Colour.WARNING), (bad, Colour.BAD)]
    if panel.falling:
        steps = [(None, Colour.BAD), (bad, Colour.WARNING), (warning, Colour.GOOD)]
    return config.steps([models.Threshold(value, colour) for value, colour in steps])


def _names(panel: Panel) -> models.ValueMap:
    return models.ValueMap(
        {
            str(value): models.ValueMappingResult(text=text, color=colour, index=index)
            for index, (value, (text, colour)) in enumerate(panel.names.items())
        }
    )
