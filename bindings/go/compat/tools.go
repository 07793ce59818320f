//go:build tools

package compat

import _ "golang.org/x/exp/cmd/apidiff"
