#!/bin/sh
# Leaves behind what the application never loads: tests, headers, notebook files, Arrow's
# network parts, symbols. `trim.sh SITE_PACKAGES`
set -eu
cd "$1"
# numpy.testing and streamlit.testing are modules of their own and stay.
find . -type d -name tests -prune -exec rm -rf {} +
find . -type d -name include -path './pyarrow/*' -prune -exec rm -rf {} +
find . -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.a' -o -name '*.h' \) -delete
rm -rf pyarrow/src pydeck/nbextension/static
for part in flight s3fs gcsfs azurefs hdfs orc parquet_encryption dataset_parquet_encryption; do
    rm -f pyarrow/_"$part".*.so
done
rm -f pyarrow/libarrow_flight.so* pyarrow/libarrow_s3.so* \
      pyarrow/libarrow_python_flight.so* pyarrow/libarrow_python_parquet_encryption.so*
# The wheel holds copies (libarrow*, libparquet*) where a system has links; the loader asks for the middle name.
find pyarrow -maxdepth 1 \( -name 'lib[ap]*.so' -o -name 'lib[ap]*.so.*.*.*' \) -delete
# Only these two: strip breaks libraries that were patched when their wheel was repaired (numpy.libs and the like).
find pyarrow _polars_runtime_32 -name '*.so*' -exec strip --strip-unneeded {} +
