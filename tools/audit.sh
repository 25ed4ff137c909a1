#!/bin/sh
# What others' tools say of the bundled site: the Nu checker of every page, Lighthouse (a telephone) of two, five times.
# Needs node and java. Usage: tools/audit.sh FOLDER-OF-THE-SITE
set -eu
site=$1
here=$(dirname "$0")/../.audit
chromium=$(command -v chromium || command -v google-chrome)
npm install --silent --no-save --no-audit --no-fund --prefix "$here" vnu-jar lighthouse

java -jar "$here/node_modules/vnu-jar/build/dist/vnu.jar" --also-check-svg --skip-non-html "$site"
echo "Nu checker: no error, no warning in $(find "$site" -name '*.html' | wc -l) pages"

python3 -m http.server --bind 127.0.0.1 --directory "$site" 8931 2>/dev/null &
server=$!
trap 'kill $server' EXIT
for page in / /lich-su/phan-thiet-tu-lang-chai-den-thanh-pho/; do
  for run in 1 2 3 4 5; do
    CHROME_PATH=$chromium "$here/node_modules/.bin/lighthouse" "http://127.0.0.1:8931$page" --quiet --output json \
      --output-path "$here/report-$run.json" --chrome-flags="--headless=new --no-sandbox --disable-quic"
  done
  node "$(dirname "$0")/medians.js" "$page" "$here"/report-?.json
done
