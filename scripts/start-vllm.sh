#!/usr/bin/env bash
#
# Runs the recommended `vllm serve` on one card, chosen by name, index or UUID.
#
#   scripts/start-vllm.sh                           the RTX 3060 of this machine
#   GPU_NAME="RTX 4090" scripts/start-vllm.sh       another card, by part of its name
#   GPU_INDEX=1 scripts/start-vllm.sh               … by its index in nvidia-smi
#   GPU_UUID=GPU-1a2b… scripts/start-vllm.sh        … by its UUID (nvidia-smi -L)
#   scripts/start-vllm.sh --dry-run                 prints the command and runs nothing
#   scripts/start-vllm.sh -- --seed 7               hands what follows to vLLM, where it overrides what is set here
#
# Every value below can be set in the environment; scripts/README.md lists them.

set -euo pipefail

fail() {
  printf 'start-vllm: %s\n' "$@" >&2
  exit 1
}

usage() {
  sed -n '3,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

# Before anything is said of the arguments, so that nothing of it is repeated. vLLM takes underscores for dashes, and the
# beginning of a flag for all of it.
flags=" ${*//_/-} "
if [[ $flags =~ [[:space:]]--api-k(e|ey)?[=[:space:]] ]]; then
  fail 'every user of the machine can read an --api-key (ps); wanted: VLLM_API_KEY or VLLM_API_KEY_FILE in the environment'
fi

dry_run=no
while (($# > 0)); do
  case $1 in
    --dry-run) dry_run=yes ;;
    -h | --help) usage && exit 0 ;;
    --) shift && break ;;
    *) fail "unknown argument '$1'; wanted: --dry-run, --help, or -- followed by arguments for vLLM" ;;
  esac
  shift
done
extra_arguments=("$@")

# ---------------------------------------------------------------------------------------------------- the card

# Prints the cards that fit every one of GPU_UUID, GPU_INDEX and GPU_NAME that is set. With `|`, names must end in GPU_NAME.
matching_cards() {
  local index uuid name end=$2
  while IFS=, read -r index uuid name; do
    index=${index// /} uuid=${uuid// /} name=${name# }
    [[ -z $wanted_uuid || ${uuid,,} == "${wanted_uuid,,}" ]] || continue
    [[ -z $wanted_index || $index == "$wanted_index" ]] || continue
    [[ -z $wanted_name || "${name,,}$end" == *"${wanted_name,,}$end"* ]] || continue
    printf '%s, %s, %s\n' "$index" "$uuid" "$name"
  done <<<"$1"
}

wanted_uuid=${GPU_UUID:-}
wanted_index=${GPU_INDEX:-}
wanted_name=${GPU_NAME:-}
if [[ -z $wanted_uuid && -z $wanted_index && -z $wanted_name ]]; then wanted_name='RTX 3060'; fi
wanted=${wanted_uuid:+" GPU_UUID=$wanted_uuid"}${wanted_index:+" GPU_INDEX=$wanted_index"}${wanted_name:+" GPU_NAME=\"$wanted_name\""}

command -v nvidia-smi >/dev/null || fail 'nvidia-smi is not on PATH; install the NVIDIA driver (vLLM needs a card)'
# "index, UUID, name" of each card, one a line.
cards=$(nvidia-smi --query-gpu=index,uuid,name --format=csv,noheader 2>&1) ||
  fail 'nvidia-smi fails; is the driver loaded, and does it fit the kernel? It says:' "$cards"
if [[ ${wanted_uuid^^} == MIG-* ]]; then fail "GPU_UUID is '$wanted_uuid', a part of a card; wanted: a whole card's UUID"; fi
# An RTX 3060 Ti has RTX 3060 in its name, and is not meant by it where there is an RTX 3060.
matches=$(matching_cards "$cards" '|')
matches=${matches:-$(matching_cards "$cards" '')}
if [[ -z $matches ]]; then
  fail "no card fits$wanted; this machine has (index, UUID, name):" "${cards:-none}"
fi
if [[ $matches == *$'\n'* ]]; then
  fail "several cards fit$wanted (index, UUID, name):" "$matches" 'choose one with GPU_INDEX=… or GPU_UUID=…'
fi
uuid=${matches#*, }
uuid=${uuid%%, *}
[[ $uuid == GPU-* ]] || fail 'nvidia-smi tells no UUID of the card (index, UUID, name); is it well?' "$matches"

# CUDA numbers cards by speed unless it is told otherwise, and its numbers are not those of nvidia-smi. A UUID means
# the same card to both, also after another one is plugged in.
export CUDA_DEVICE_ORDER=PCI_BUS_ID
export CUDA_VISIBLE_DEVICES=$uuid

# ---------------------------------------------------------------------------------------------------- the values

number() {
  local name=$1 value=$2 pattern=$3 wanted=$4 largest=${5:-}
  if [[ $value =~ ^($pattern)$ && (-z $largest || $value -le $largest) ]]; then return; fi
  fail "$name is '$value'; wanted: $wanted"
}

model=${MODEL:-cyankiwi/gemma-4-E2B-it-AWQ-INT4}
served_model_name=${SERVED_MODEL_NAME:-gemma-4-e2b}
# Only this machine: vLLM's key guards /v1 alone, while /tokenize, /metrics and others stay open to whoever reaches them.
listen_host=${LISTEN_HOST:-127.0.0.1}
# Where the gateway looks for it by default.
port=${PORT:-8092}
# Each token of context costs key-value memory in every running request; 8192 leaves room for eight of them in 12 GB.
max_model_len=${MAX_MODEL_LEN:-8192}
# Requests that run at once. The gateway's `places` is the same number: vLLM itself never refuses and queues without end.
max_num_seqs=${MAX_NUM_SEQS:-8}
# A fraction of the whole card, not of what is free. Measure it: a card that also draws a desktop, or holds a second
# service, needs less.
gpu_memory_utilization=${GPU_MEMORY_UTILIZATION:-0.72}
# Gemma 4's own syntax for thinking and for tool calls. With another model its parsers read nothing right.
usual_parser=none
if [[ ${model,,} =~ gemma[-_]?4([^0-9b]|$) ]]; then usual_parser=gemma4; fi
reasoning_parser=${REASONING_PARSER:-$usual_parser}
tool_call_parser=${TOOL_CALL_PARSER:-$usual_parser}
if [[ $usual_parser == none && (-z ${REASONING_PARSER:-} || -z ${TOOL_CALL_PARSER:-}) ]]; then
  printf '%s\n' "start-vllm: MODEL is '$model', no Gemma 4. Without a REASONING_PARSER its thinking is part of what it says, and without" \
    "start-vllm: a TOOL_CALL_PARSER tools are refused; vLLM's documentation names them (none, for both, silences this)." >&2
fi
# Media in one request. Video is off: it costs thousands of tokens.
limit_mm_per_prompt=${LIMIT_MM_PER_PROMPT:-'{"image":2,"audio":1,"video":0}'}
# Host memory for images that were already processed; the default of 4 GiB is much for a small machine.
mm_processor_cache_gb=${MM_PROCESSOR_CACHE_GB:-0.5}
# Seconds that running requests get after SIGTERM. The default is none: replies would be cut.
shutdown_timeout=${SHUTDOWN_TIMEOUT:-60}

positive='[1-9][0-9]{0,8}'
number PORT "$port" "$positive" 'a port, such as 8092' 65535
number MAX_MODEL_LEN "$max_model_len" "$positive" 'a number of tokens, such as 8192'
number MAX_NUM_SEQS "$max_num_seqs" "$positive" 'a number of requests, such as 8'
# The longest reply to a request that sets no limit. The gateway always sets one; this is for callers that bypass it.
max_new_tokens=${MAX_NEW_TOKENS:-$((max_model_len < 4096 ? max_model_len : 4096))}
number MAX_NEW_TOKENS "$max_new_tokens" "$positive" "a number of tokens up to MAX_MODEL_LEN ($max_model_len)" "$max_model_len"
number SHUTDOWN_TIMEOUT "$shutdown_timeout" "0|$positive" 'a number of seconds, such as 60'
number GPU_MEMORY_UTILIZATION "$gpu_memory_utilization" '0?\.[0-9]*[1-9][0-9]*|1(\.0*)?' 'a fraction of the card, such as 0.72'

# vLLM's image brings the template that goes with the tool parser; a plain installation does not.
chat_template=${CHAT_TEMPLATE:-}
image_template=/vllm-workspace/examples/tool_chat_template_gemma4.jinja
if [[ -z $chat_template && $usual_parser == none ]]; then chat_template=none; fi
if [[ -z $chat_template && -r $image_template ]]; then chat_template=$image_template; fi
if [[ -z $chat_template ]]; then
  printf '%s\n' "start-vllm: no CHAT_TEMPLATE is set, so the model's own is used. Tool calls work better with" \
    'start-vllm: examples/tool_chat_template_gemma4.jinja of the vLLM sources (CHAT_TEMPLATE=none silences this).' >&2
elif [[ $chat_template != none && ! -r $chat_template ]]; then
  fail "CHAT_TEMPLATE is '$chat_template', which cannot be read; wanted: a file, or none for the model's own template"
fi

# ---------------------------------------------------------------------------------------------------- the environment

# The key travels in the environment: arguments can be read by every user of the machine (ps).
if [[ -n ${VLLM_API_KEY_FILE:-} ]]; then
  [[ -z ${VLLM_API_KEY:-} ]] || fail 'VLLM_API_KEY and VLLM_API_KEY_FILE are both set; wanted: one of them'
  [[ -r $VLLM_API_KEY_FILE ]] || fail "VLLM_API_KEY_FILE is '$VLLM_API_KEY_FILE', which cannot be read"
  VLLM_API_KEY=$(<"$VLLM_API_KEY_FILE")
  # A line may end as it does on Windows; the gateway reads the same file without it.
  VLLM_API_KEY=${VLLM_API_KEY%$'\r'}
  [[ -n $VLLM_API_KEY ]] || fail "VLLM_API_KEY_FILE is '$VLLM_API_KEY_FILE', which is empty"
fi
unset VLLM_API_KEY_FILE
if [[ -n ${VLLM_API_KEY:-} ]]; then export VLLM_API_KEY; else unset VLLM_API_KEY; fi

if [[ -z ${VLLM_API_KEY:-} && $listen_host != 127.0.0.1 && $listen_host != localhost && $listen_host != ::1 ]]; then
  fail "LISTEN_HOST is '$listen_host' and there is no VLLM_API_KEY; wanted: a key, or the loopback address"
fi
if [[ -z ${VLLM_API_KEY:-} && $flags =~ [[:space:]]--ho(s|st)?[=[:space:]] ]]; then
  fail 'a --host is given to vLLM and there is no VLLM_API_KEY; wanted: a key, or LISTEN_HOST in its place'
fi

# Longer than the gateway keeps an idle connection, so that the two never race for a socket. vLLM's own is 5 s.
export VLLM_HTTP_TIMEOUT_KEEP_ALIVE=${VLLM_HTTP_TIMEOUT_KEEP_ALIVE:-75}
# A redirect would lead around the list of allowed media domains.
export VLLM_MEDIA_URL_ALLOW_REDIRECTS=${VLLM_MEDIA_URL_ALLOW_REDIRECTS:-0}
# `n` of a request. vLLM's own bound of 16384 lets one request take the card.
export VLLM_MAX_N_SEQUENCES=${VLLM_MAX_N_SEQUENCES:-4}

# ---------------------------------------------------------------------------------------------------- the command

# Not here on purpose: --quantization (the checkpoint says it itself), --stream-interval (above 1 it loses the end of the
# thinking), --trust-remote-code (never).
command=(
  vllm serve "$model"
  --served-model-name "$served_model_name"
  --host "$listen_host"
  --port "$port"
  --max-model-len "$max_model_len"
  --max-num-seqs "$max_num_seqs"
  --gpu-memory-utilization "$gpu_memory_utilization"
  # Thinking is off unless a request asks for it; the gateway says so every time.
  --default-chat-template-kwargs '{"enable_thinking":false}'
  --override-generation-config "{\"max_new_tokens\":$max_new_tokens}"
  --limit-mm-per-prompt "$limit_mm_per_prompt"
  # A domain that cannot exist: vLLM fetches nothing from the network, media come inside the request.
  --allowed-media-domains none.invalid
  --mm-processor-cache-gb "$mm_processor_cache_gb"
  # The gateway may send a priority; without this it is ignored.
  --scheduling-policy priority
  # Tells how much of the prompt came from the cache.
  --enable-prompt-tokens-details
  # The gateway's request id shows up in vLLM's log.
  --enable-request-id-headers
  # `tool_choice: none` keeps the tools out of the prompt as well.
  --exclude-tools-when-tool-choice-none
  # /docs and /openapi.json are not for this port.
  --disable-fastapi-docs
  --shutdown-timeout "$shutdown_timeout"
)
# Thinking comes in a field of its own, and never inside the content.
if [[ $reasoning_parser != none ]]; then command+=(--reasoning-parser "$reasoning_parser"); fi
# Without these two, `tools` is a 400.
if [[ $tool_call_parser != none ]]; then command+=(--enable-auto-tool-choice --tool-call-parser "$tool_call_parser"); fi
if [[ -n $chat_template && $chat_template != none ]]; then command+=(--chat-template "$chat_template"); fi
# Instead of a fraction of the card, such as 1G: for two services that share it and must not race for memory.
if [[ -n ${KV_CACHE_MEMORY_BYTES:-} ]]; then command+=(--kv-cache-memory-bytes "$KV_CACHE_MEMORY_BYTES"); fi
command+=("${extra_arguments[@]}")

print_command() {
  local name
  printf '# %s\n' "$matches"
  for name in CUDA_DEVICE_ORDER CUDA_VISIBLE_DEVICES VLLM_HTTP_TIMEOUT_KEEP_ALIVE VLLM_MEDIA_URL_ALLOW_REDIRECTS VLLM_MAX_N_SEQUENCES; do
    printf 'export %s=%q\n' "$name" "${!name}"
  done
  if [[ -n ${VLLM_API_KEY:-} ]]; then printf 'export VLLM_API_KEY=%s\n' '[redacted]'; fi
  local word line='vllm serve'
  for word in "${command[@]:2}"; do
    if [[ $word == --* ]]; then
      printf '%s \\\n' "$line"
      line=' '
    fi
    if [[ $word == *[!A-Za-z0-9_./:=-]* ]]; then word=${word@Q}; fi
    line+=" $word"
  done
  printf '%s\n' "$line"
}

if [[ $dry_run == yes ]]; then
  print_command
  exit 0
fi
command -v vllm >/dev/null || fail 'vllm is not on PATH; activate the environment that holds it, or install it (pip install vllm)'
printf 'start-vllm: %s on %s\n' "$model" "$matches" >&2
exec "${command[@]}"
