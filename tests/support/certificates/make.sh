#!/bin/sh
# Makes the certificates of the tests again, beside this script: two authorities, one that the first has signed, and what
# they have signed. All are valid from 2020 to 2120, but for two of `faults/`. The servers share one key, and so do the
# clients. Needs openssl 3.
set -eu
cd "$(dirname "$0")"
mkdir -p faults clients
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = any
[any]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any_name
unique_subject = no
[any_name]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[wildcard]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:*.wild.example
[wrong_host]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:wrong.example
[common_name]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
[partial_wildcard]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:w*.wild.example
[trailing_dot]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost.
[self_signed_ca]
basicConstraints = critical, CA:TRUE
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[client]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = clientAuth
[req]
distinguished_name = empty
[empty]
CONFIG
touch "$work/index.txt"

new_key() { # file
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2> "$work/log"
}

request() { # key, common name
  openssl req -new -config "$work/ca.cnf" -key "$1" -subj "/CN=$2" -out "$work/request.pem"
}

sign() { # certificate, extensions, then how it is signed
  sign_for 2020 2120 "$@"
}

sign_for() { # first year, last year, certificate, extensions, then how it is signed
  first=$1 last=$2 certificate=$3 extensions=$4
  shift 4
  openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$extensions" -in "$work/request.pem" \
    -startdate "${first}0101000000Z" -enddate "${last}0101000000Z" -out "$certificate" "$@" 2> "$work/log" ||
    { cat "$work/log" >&2; exit 1; }
}

for name in ca other_ca; do
  new_key "$work/$name.key"
  request "$work/$name.key" "httpx test $name"
  sign "$name.pem" authority -selfsign -keyfile "$work/$name.key"
done
by_ca="-cert ca.pem -keyfile $work/ca.key"
by_other="-cert other_ca.pem -keyfile $work/other_ca.key"
by_intermediate="-cert intermediate.pem -keyfile $work/intermediate.key"

# shellcheck disable=SC2086 # two options, each with its argument
{
  new_key "$work/intermediate.key"
  request "$work/intermediate.key" "httpx test intermediate"
  sign intermediate.pem authority $by_ca

  new_key server_key.pem
  request server_key.pem localhost
  sign server.pem server $by_ca
  sign wildcard.pem wildcard $by_ca
  sign by_intermediate.pem server $by_intermediate
  sign faults/wrong_host.pem wrong_host $by_ca
  sign faults/common_name.pem common_name $by_ca
  sign faults/partial_wildcard.pem partial_wildcard $by_ca
  sign faults/trailing_dot.pem trailing_dot $by_ca
  sign_for 2020 2021 faults/expired.pem server $by_ca
  sign_for 2110 2120 faults/not_yet_valid.pem server $by_ca
  sign faults/self_signed.pem server -selfsign -keyfile server_key.pem
  sign faults/self_signed_ca.pem self_signed_ca -selfsign -keyfile server_key.pem

  new_key clients/key.pem
  request clients/key.pem "httpx test client"
  sign clients/client.pem client $by_ca
  sign clients/stranger.pem client $by_other
}
openssl pkcs8 -topk8 -v2 aes-256-cbc -in clients/key.pem -passout pass:secret -out clients/key_encrypted.pem
openssl ec -aes256 -in clients/key.pem -passout pass:secret -out clients/key_traditional.pem 2> "$work/log"
