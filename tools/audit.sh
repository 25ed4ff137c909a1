#!/bin/sh
# What Lighthouse, as a telephone, says of the front page and of an article: the medians of five runs. It fails below 98
# for performance and below 100 for the rest. The site is served as a careful host does, by tests/serving.py.
# Needs node, a Chromium and PYTHON. Usage: tools/audit.sh FOLDER-OF-THE-SITE
set -eu
site=$1
tools=$(dirname "$0")
here=$tools/../.audit
chromium=$(command -v chromium || command -v google-chrome)
npm install --silent --no-save --no-audit --no-fund --prefix "$here/lighthouse" lighthouse@12.8.2

"${PYTHON:-python3}" "$tools/../tests/serving.py" "$site" 8931 &
server=$!
trap 'kill $server' EXIT
failed=0
for page in / /lich-su/phan-thiet-tu-lang-chai-den-thanh-pho/; do
  for run in 1 2 3 4 5; do
    CHROME_PATH=$chromium "$here/lighthouse/node_modules/.bin/lighthouse" "http://127.0.0.1:8931$page" --quiet \
      --form-factor=mobile --output json --output-path "$here/report-$run.json" \
      --chrome-flags="--headless=new --no-sandbox --disable-quic --disable-background-networking"
  done
  node "$tools/medians.js" "$page" "$here"/report-?.json || failed=1
done
exit $failed
