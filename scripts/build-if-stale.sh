#!/usr/bin/env bash
#
# What `npm start` and `npm run bench` run first: builds dist/ where it is missing or older than the sources, so that what
# was built is what was written. Built code starts faster and takes 30 MB less memory than sources whose types are
# stripped as they are loaded.

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ! -e dist/main.js ]] || [[ -n $(find src package.json tsconfig.json tsconfig.build.json -newer dist/main.js -print -quit) ]]; then
  npm run --silent build
fi
