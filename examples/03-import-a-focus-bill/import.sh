#!/usr/bin/env bash
# Imports a small FOCUS bill twice: the second time changes nothing. Arguments go to `trimtab`, for example --data-dir.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
trimtab=(node --no-warnings "$here/../../apps/cli/dist/main.js" "$@")

"${trimtab[@]}" costs import "$here/bill.csv" --source focus-sample --json
"${trimtab[@]}" costs import "$here/bill.csv" --source focus-sample
