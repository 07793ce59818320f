package zinit_test

import (
	"os"
	"testing"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
)

func TestMain(m *testing.M) {
	os.Exit(testdaemon.Main(m))
}
