# `load certificates`: the file's tests have the certificates and keys of tls_certs.sh in the folder $CERTS.
#
# shellcheck shell=bash

setup_file() {
  CERTS=$BATS_FILE_TMPDIR
  export CERTS
  "$BATS_TEST_DIRNAME/tls_certs.sh" "$CERTS"
}
