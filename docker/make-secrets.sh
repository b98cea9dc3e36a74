#!/usr/bin/env bash
#
# Makes the secrets that compose.yaml mounts: docker/secrets/*, each 256 random bits. What is there already stays as it
# is, so that running it again is safe. To change a secret, delete its file first (docker/README.md says what else).

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets
# The folder keeps other users of this machine out. The files in it must be readable, because each container mounts
# its own and runs as a user of its own.
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"

random() {
  head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

# Writes a new file, completely or not at all.
keep() {
  local name=$1 text=$2
  if [[ -e $name ]]; then
    printf 'docker/secrets/%s: kept\n' "$name"
    return
  fi
  printf '%s' "$text" >"$name.new"
  chmod 0644 "$name.new"
  mv "$name.new" "$name"
  printf 'docker/secrets/%s: made\n' "$name"
}

for name in admin_key vllm_api_key mysql_root_password mysql_password webui_secret_key; do
  keep "$name" "$(random)"
done
keep database_url "mysql://gateway:$(<mysql_password)@mysql:3306/vllm_gateway"
