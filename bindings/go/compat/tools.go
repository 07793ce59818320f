//go:build tools

package compat

import (
	_ "github.com/gordonklaus/ineffassign"
	_ "github.com/kisielk/errcheck"
	_ "golang.org/x/exp/cmd/apidiff"
	_ "honnef.co/go/tools/cmd/staticcheck"
)
