package capi

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLibrariesThatFitTheHeader(t *testing.T) {
	major, minor, patch := numbers(headerVersion)[0], numbers(headerVersion)[1], numbers(headerVersion)[2]
	for _, version := range []string{
		headerVersion, fmt.Sprintf("%d.%d.%d", major, minor, patch+1), fmt.Sprintf("%d.%d.0", major, minor+10), "1000.0.0",
	} {
		checkLibrary(headerABI, version)
	}
	for version, expected := range map[string]int{"9.10.11": 0, "9.9.99": -1, "10.0.0": 1, "9.10.11-rc1": 0, "9.10": -1} {
		if found := slices.Compare(numbers(version), numbers("9.10.11")); found != expected {
			t.Errorf("%s: %d", version, found)
		}
	}
}

// A program does not get past its beginning with a library that its header does not fit. The library has nothing but
// what says which one it is.
func TestLibrariesThatDoNotFitAreRefused(t *testing.T) {
	if isStatic {
		t.Skip("linked statically")
	}
	for _, library := range []struct {
		abi               int
		version, expected string
	}{
		{4711, headerVersion, "but version " + headerVersion + " with ABI 4711 is loaded"},
		{headerABI, "0.0.9", "built for version " + headerVersion + " of libzinit_client, but version 0.0.9 is loaded"},
	} {
		directory := t.TempDir()
		source := fmt.Sprintf("int zinit_abi_version(void) { return %d; }\nconst char *zinit_version(void) { return \"%s\"; }\n",
			library.abi, library.version)
		compile(t, source, filepath.Join(directory, fmt.Sprintf("libzinit_client.so.%d", headerABI)))
		program := exec.Command("/proc/self/exe", "-test.run=^$")
		program.Env = append(os.Environ(), "LD_LIBRARY_PATH="+directory)
		output, err := program.CombinedOutput()
		if err == nil || !strings.Contains(string(output), library.expected) {
			t.Errorf("%v: %s", err, output)
		}
	}
}

func compile(t *testing.T, source, library string) {
	t.Helper()
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	file := library + ".c"
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(compiler, "-shared", "-fPIC", "-o", library, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}
