package capi

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckABI(t *testing.T) {
	checkABI(3, 3, "1.2.3")
	defer func() {
		if message, _ := recover().(string); !strings.Contains(message, "ABI 3") || !strings.Contains(message, "version 1.2.3 with ABI 4") {
			t.Errorf("%q", message)
		}
	}()
	checkABI(3, 4, "1.2.3")
	t.Error("it runs")
}

// A program does not get past its beginning with a library of another ABI number.
func TestAnotherLibraryIsRefused(t *testing.T) {
	if isStatic {
		t.Skip("linked statically")
	}
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	directory := t.TempDir()
	source, library := filepath.Join(directory, "other.c"), filepath.Join(directory, "other.so")
	if err := os.WriteFile(source, []byte("int zinit_abi_version(void) { return 4711; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(compiler, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	program := exec.Command("/proc/self/exe", "-test.run=^$")
	program.Env = append(os.Environ(), "LD_PRELOAD="+library)
	output, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "ABI 4711 is loaded") {
		t.Errorf("%v: %s", err, output)
	}
}
