#!/bin/sh
# Builds one of the pushing programs into a folder: build.sh go|java|simpleclient|rust FOLDER.
set -eu
family=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cp -r "$(dirname "$0")/$family/." "$folder"
cd "$folder"
case $family in
go)
  cat >go.mod <<END
module push
go 1.23.0
require github.com/prometheus/client_golang v1.23.2
END
  go mod tidy
  go build -o push .
  ;;
java | simpleclient)
  mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib
  javac -cp 'lib/*' Push.java
  ;;
rust)
  cargo build --quiet
  ;;
esac
