#!/bin/sh
# What the Nu checker says of every page and drawing of a site: no error, no warning.
# Needs node and java. Usage: tools/check-html.sh FOLDER-OF-THE-SITE
set -eu
site=$1
here=$(dirname "$0")/../.audit
npm install --silent --no-save --no-audit --no-fund --prefix "$here/vnu" vnu-jar@26.9.27
pages=$(find "$site" -name '*.html' | wc -l)
test "$pages" -gt 0 || { echo "there is no page in $site" >&2; exit 1; }
java -jar "$here/vnu/node_modules/vnu-jar/build/dist/vnu.jar" --Werror --also-check-svg --skip-non-html "$site"
echo "Nu checker: no error and no warning in $pages pages"
