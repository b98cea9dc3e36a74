#!/usr/bin/env bash
# Makes the certificates that throwaway database servers show in the tests, with OpenSSL 3.
# None of this is secret: nothing but tests trusts these authorities, and their keys are gone once this has run. To add a
# certificate, make all of them anew: bash test/support/certificates/make-certificates.sh
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/ca.conf" <<END
[ca]
default_ca = authority
[authority]
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
END
touch "$work/index"

# sign NAME SUBJECT KEY YEARS EXTENSIONS ISSUER…: YEARS are the first and the last, such as 2000-2100
sign() {
  local name=$1 subject=$2 key=$3 years=$4 extensions=$5
  shift 5
  openssl req -new -key "$key" -subj "/CN=$subject" -out "$work/request"
  openssl ca -batch -notext -config "$work/ca.conf" -in "$work/request" -out "$name.pem" \
    -startdate "${years%-*}0101000000Z" -enddate "${years#*-}0101000000Z" -extfile <(printf '%b' "$extensions") "$@"
}

make_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

make_authority() {
  local extensions='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n'
  make_key "$work/$1.key"
  sign "$1" "$2" "$work/$1.key" 2000-2100 "$extensions" -selfsign -keyfile "$work/$1.key"
}

make_certificate() {
  local extensions="basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=$3\n"
  sign "$1" "$1 of the gateway's tests" not-a-secret.key "$2" "$extensions" \
    -cert authority.pem -keyfile "$work/authority.key"
}

make_key not-a-secret.key
make_authority authority "The authority of the gateway's tests"
make_authority stranger 'An authority that has signed nothing here'
make_certificate localhost 2000-2100 DNS:localhost
make_certificate address 2000-2100 IP:127.0.0.1
make_certificate expired 2000-2001 DNS:localhost,IP:127.0.0.1
chmod 644 not-a-secret.key
