#!/bin/sh
# Builds OpenTofu into the named file, for the real runs. It takes about five minutes of two cores, and then comes from
# the build cache. `go install` refuses it, because its go.mod replaces a library by its own fork: this script repeats
# that replacement.
set -eu
target=$1
version=v1.12.6
fork='github.com/opentofu/hcl/v2 v2.20.2-0.20251021132045-587d123c2828'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<END
module build
go 1.26.6
require github.com/opentofu/opentofu $version
replace github.com/hashicorp/hcl/v2 => $fork
END
cat >tools.go <<END
//go:build tools
package tools
import _ "github.com/opentofu/opentofu/cmd/tofu"
END
go mod tidy
go build -ldflags '-s -w' -o "$target" github.com/opentofu/opentofu/cmd/tofu
