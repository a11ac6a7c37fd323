#!/bin/sh
# Makes the certificates of the tests again, beside this script: two authorities and what the first has signed.
# All are valid from 2020 to 2120 but `expired.pem`. The servers share one key. Needs openssl 3.
set -eu
cd "$(dirname "$0")"
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
[wrong_host]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:wrong.example
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

sign() { # certificate, extensions, last year, then how it is signed
  certificate=$1 extensions=$2 year=$3
  shift 3
  openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$extensions" -in "$work/request.pem" \
    -startdate 20200101000000Z -enddate "${year}0101000000Z" -out "$certificate" "$@" 2> "$work/log" ||
    { cat "$work/log" >&2; exit 1; }
}

for name in ca other_ca; do
  new_key "$work/$name.key"
  request "$work/$name.key" "httpx test $name"
  sign "$name.pem" authority 2120 -selfsign -keyfile "$work/$name.key"
done
by_ca="-cert ca.pem -keyfile $work/ca.key"

new_key server_key.pem
request server_key.pem localhost
# shellcheck disable=SC2086 # two options, each with its argument
{
  sign server.pem server 2120 $by_ca
  sign wrong_host.pem wrong_host 2120 $by_ca
  sign expired.pem server 2021 $by_ca
}
sign self_signed.pem server 2120 -selfsign -keyfile server_key.pem

new_key client_key.pem
request client_key.pem "httpx test client"
# shellcheck disable=SC2086
sign client.pem client 2120 $by_ca
openssl pkcs8 -topk8 -v2 aes-256-cbc -in client_key.pem -passout pass:secret \
  -out client_key_encrypted.pem
