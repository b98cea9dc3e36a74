#!/usr/bin/env bash
# Runs Claude Code, Codex and Gemini CLI for real against the gateway with the simulated model: a prompt, a tool loop and a
# wrong key each. They are installed into a folder of their own, run with a home of their own and no credentials but ours,
# and say nothing to anybody else. Needs npm's registry and a minute or two; not part of the tests.
#   scripts/try-clients.sh [folder]     keeps the clients in the folder for the next time
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
PATH=$root/node_modules/.bin:$PATH
work=$(mktemp -d)
clients=${1:-$work/clients}
gateway_port=18044
model_port=18092
key=$(node -p 'require("node:crypto").randomBytes(24).toString("hex")')
failures=0
processes=()

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap clean_up EXIT

install_clients() {
  mkdir -p "$clients"
  [[ -x $clients/node_modules/.bin/claude ]] && return
  npm install --prefix "$clients" --no-audit --no-fund --loglevel=error --ignore-scripts=false \
    @anthropic-ai/claude-code@2.1.329 @openai/codex@0.169.0 @google/gemini-cli@0.61.0
}

start_gateway() {
  mkdir -p "$work"/{data,home/.codex,home/.gemini,project}
  cat > "$work/gateway.yaml" <<YAML
port: $gateway_port
services:
  - name: gemma4
    upstreams: [http://127.0.0.1:$model_port]
    aliases: ['claude-*', 'gpt-*', 'gemini-*']
YAML
  node "$root/src/main.ts" simulate --port "$model_port" --max-model-len 131072 > "$work/model.log" &
  processes+=($!)
  GATEWAY_CONFIG=$work/gateway.yaml GATEWAY_DATA_DIR=$work/data GATEWAY_ADMIN_KEY=$key \
    GATEWAY_DATABASE_URL=sqlite:$work/data/gateway.db node "$root/src/main.ts" serve > "$work/gateway.log" &
  processes+=($!)
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$gateway_port/readyz"; do sleep 0.2; done
}

write_settings() {
  echo 'words from a file' > "$work/project/note.txt"
  cat > "$work/home/.codex/config.toml" <<TOML
model = "gpt-5"
model_provider = "gateway"
approval_policy = "never"
sandbox_mode = "danger-full-access"
[model_providers.gateway]
name = "gateway"
base_url = "http://127.0.0.1:$gateway_port/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
TOML
  echo '{"security":{"auth":{"selectedType":"gemini-api-key"}},"privacy":{"usageStatisticsEnabled":false}}' \
    > "$work/home/.gemini/settings.json"
}

# expect WHAT PATTERN COMMAND...: runs it in the project, with a home and an environment of its own.
expect() {
  local what=$1 pattern=$2 output
  shift 2
  output=$(cd "$work/project" && timeout 120 env -i HOME="$work/home" PATH="$clients/node_modules/.bin:$PATH" TERM=dumb \
    "$@" < /dev/null 2>&1) || true
  if grep --quiet --extended-regexp "$pattern" <<< "$output"; then
    echo "ok      $what"
  else
    echo "FAILED  $what"
    tail -n 15 <<< "$output" | sed 's/^/        /'
    failures=$((failures + 1))
  fi
}

try_claude() {
  local environment=(ANTHROPIC_BASE_URL="http://127.0.0.1:$gateway_port" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1)
  expect 'Claude Code: a prompt' 'Simulated reply' "${environment[@]}" ANTHROPIC_AUTH_TOKEN="$key" claude -p 'Say hello'
  expect 'Claude Code: a tool loop' 'words from a file' "${environment[@]}" ANTHROPIC_AUTH_TOKEN="$key" \
    claude -p "Read it [[call Read {\"file_path\":\"$work/project/note.txt\"}]]" --allowedTools Read
  expect 'Claude Code: a wrong key' '401|403|authenticat|API key' "${environment[@]}" ANTHROPIC_AUTH_TOKEN=wrong claude -p 'Hello'
}

try_codex() {
  local command=(codex exec --skip-git-repo-check)
  expect 'Codex: a prompt' 'Simulated reply' GATEWAY_KEY="$key" "${command[@]}" 'Say hello'
  expect 'Codex: a tool loop' 'Simulated reply: the tools said .*' GATEWAY_KEY="$key" \
    "${command[@]}" 'Run it [[call exec_command {"cmd":"cat note.txt"}]]'
  expect 'Codex: a wrong key' '401' GATEWAY_KEY=wrong "${command[@]}" 'Hello'
}

try_gemini() {
  local environment=(GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:$gateway_port" GEMINI_CLI_TRUST_WORKSPACE=true)
  expect 'Gemini CLI: a prompt' 'Simulated reply' "${environment[@]}" GEMINI_API_KEY="$key" gemini -p 'Say hello'
  expect 'Gemini CLI: a tool loop' 'words from a file' "${environment[@]}" GEMINI_API_KEY="$key" \
    gemini --yolo -p 'Read it [[call read_file {"file_path":"note.txt"}]]'
  expect 'Gemini CLI: a wrong key' '401|UNAUTHENTICATED|API key' "${environment[@]}" GEMINI_API_KEY=wrong gemini -p 'Hello'
}

install_clients
start_gateway
write_settings
try_claude
try_codex
try_gemini
exit "$failures"
