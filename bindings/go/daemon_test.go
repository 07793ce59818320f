package zinit_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v2"

	zinit "github.com/threefoldtech/libzinit-client/bindings/go"
	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
)

// monitored puts a service in force on the default daemon for the length of a test.
func monitored(t *testing.T, name string, service zinit.InitService) *zinit.Client {
	t.Helper()
	testdaemon.Need(t)
	client := zinit.Default()
	if err := zinit.AddService(name, service); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Destroy(0, name); err != nil {
			t.Error(err)
		}
	})
	if err := client.Monitor(name); err != nil {
		t.Fatal(err)
	}
	return client
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func TestAServiceThatIsBlocked(t *testing.T) {
	client := monitored(t, "blocked", zinit.InitService{Exec: "sleep 1000", After: []string{"ghost"}})
	var status zinit.ServiceStatus
	eventually(t, "it is blocked", func() (is bool) {
		var err error
		status, err = client.Status("blocked")
		return err == nil && status.State.Is(zinit.ServiceStateBlocked)
	})
	if status.Name != "blocked" || status.Pid != 0 || status.Target != zinit.ServiceTargetUp || !reflect.DeepEqual(status.After, map[string]string{"ghost": "Unknown"}) {
		t.Errorf("%+v", status)
	}
	if err := client.Monitor("blocked"); err != zinit.ErrAlreadyMonitored {
		t.Error(err)
	}
	if err := client.Forget("blocked"); codeOf(err) != zinit.CodeServiceUp {
		t.Error(err)
	}
	if err := client.Kill("blocked", zinit.SIGTERM); codeOf(err) != zinit.CodeServiceDown {
		t.Error(err)
	}
	must(t, client.StopWait(5*time.Second, "blocked"))
	must(t, client.Forget("blocked"))
}

func TestAServiceThroughItsLife(t *testing.T) {
	client := monitored(t, "life", zinit.InitService{Exec: "sleep 1000"})
	must(t, client.StartWait(20*time.Second, "life"))
	status, err := client.Status("life")
	must(t, err)
	if status.Pid == 0 || !status.State.Is(zinit.ServiceStateRunning) || status.After == nil || len(status.After) != 0 {
		t.Errorf("%+v", status)
	}
	list, err := client.List()
	must(t, err)
	if state := list["life"]; len(list) != 1 || state.String() != "running" {
		t.Errorf("%+v", list)
	}
	service, err := client.Get("life")
	must(t, err)
	if !reflect.DeepEqual(service, zinit.InitService{Exec: "sleep 1000"}) {
		t.Errorf("%+v", service)
	}
	must(t, client.Kill("life", zinit.SIGCONT))
	must(t, client.Kill("life", zinit.SIGCLD))
	must(t, client.Stop("life"))
	must(t, client.StopWait(5*time.Second, "life"))
	if status, err = client.Status("life"); err != nil || status.Pid != 0 || status.Target != zinit.ServiceTargetDown {
		t.Errorf("%+v, error %v", status, err)
	}
	must(t, client.Start("life"))
	must(t, client.Restart(5*time.Second, 20*time.Second, "life"))
	must(t, client.Destroy(5*time.Second, "life"))
	if exists, err := client.Exists("life"); exists || err != nil {
		t.Errorf("%v, error %v", exists, err)
	}
	if _, err := zinit.LoadService("life"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	must(t, zinit.RemoveService("life"))
	version, err := client.Version()
	must(t, err)
	if version.Major != 0 || version.Minor != 2 {
		t.Error(version)
	}
}

func TestAServiceThatIgnoresItsStopSignal(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	client := monitored(t, "stubborn", zinit.InitService{
		Exec: fmt.Sprintf(`sh -c 'trap "" TERM; touch "%s"; while :; do sleep 1; done'`, ready),
	})
	eventually(t, "it ignores the signal", func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	must(t, client.StopWait(200*time.Millisecond, "stubborn"))
	must(t, client.Forget("stubborn"))
}

func TestAOneshotThatFails(t *testing.T) {
	client := monitored(t, "fails", zinit.InitService{Exec: "sh -c 'exit 3'", Oneshot: true})
	var failed *zinit.Error
	err := client.StartWait(20*time.Second, "fails")
	if !errors.As(err, &failed) || failed.Code != zinit.CodeServiceFailed || failed.Service != "fails" ||
		!strings.HasSuffix(failed.State.String(), ", 3))") {
		t.Errorf("%v: %+v", err, failed)
	}
}

func TestHowLongAProcessMustRun(t *testing.T) {
	monitored(t, "brief", zinit.InitService{Exec: "sh -c 'sleep 1; exit 1'"})
	for _, at := range []struct {
		steady time.Duration
		code   zinit.Code
	}{{-1, 0}, {time.Minute, zinit.CodeTimeout}} {
		client, err := zinit.WithOptions(zinit.Options{Steady: at.steady})
		must(t, err)
		must(t, client.StopWait(10*time.Second, "brief"))
		if err := client.StartWait(8*time.Second, "brief"); codeOf(err) != at.code {
			t.Errorf("steady for %v: %v", at.steady, err)
		}
	}
}

func TestAServiceThatIsNotUpInTime(t *testing.T) {
	client := monitored(t, "late", zinit.InitService{Exec: "sleep 1000", Test: "false"})
	var failed *zinit.Error
	err := client.StartWait(300*time.Millisecond, "late")
	if !errors.As(err, &failed) || failed.Code != zinit.CodeTimeout || !failed.State.Is(zinit.ServiceStateSpawned) {
		t.Errorf("%v: %+v", err, failed)
	}
	if err := client.StartWait(0, "late"); err != nil {
		t.Errorf("a timeout of 0 is no wait: %v", err)
	}
	err = client.StartWait(-time.Hour, "late")
	if codeOf(err) != zinit.CodeTimeout || !strings.Contains(err.Error(), "timed out after 1 ms: ") {
		t.Errorf("a timeout below 0 is over at once: %v", err)
	}
}

func TestGroups(t *testing.T) {
	testdaemon.Need(t)
	client := zinit.Default()
	names := []string{"group-a", "group-b", "group c"}
	for _, name := range names {
		must(t, client.AddService(name, zinit.InitService{Exec: "sleep 1000"}))
	}
	must(t, client.StartMultiple(20*time.Second, names...))
	for _, name := range names {
		if status, err := client.Status(name); err != nil || !status.State.Is(zinit.ServiceStateRunning) {
			t.Errorf("%+v, error %v", status, err)
		}
	}
	err := client.StartMultiple(5*time.Second, append(names, "group-none")...)
	if codeOf(err) != zinit.CodeConfigRefused {
		t.Error(err)
	}
	must(t, client.StopMultiple(5*time.Second, append(names, "group-none")...))
	must(t, client.Destroy(5*time.Second, append(names, "group-none")...))
	must(t, client.Destroy(5*time.Second))
	must(t, client.StopMultiple(5*time.Second))
	must(t, client.StartMultiple(5*time.Second))
	if list, err := client.List(); err != nil || len(list) != 0 {
		t.Errorf("%v, error %v", list, err)
	}
}

func TestMatches(t *testing.T) {
	client := monitored(t, "dhcp-eth0", zinit.InitService{Exec: "/bin/sleep 1000 eth0"})
	monitored(t, "dhcp-eth1", zinit.InitService{Exec: "sleep 1000 eth1"})
	monitored(t, "other", zinit.InitService{Exec: "sh -c 'sleep 1000'"})
	monitored(t, "without file", zinit.InitService{Exec: "sleep 1000"})
	must(t, zinit.RemoveService("without file"))
	for _, test := range []struct {
		what     string
		filters  []zinit.Filter
		expected []string
	}{
		{"exec", []zinit.Filter{zinit.WithExec("sleep")}, []string{"dhcp-eth0", "dhcp-eth1"}},
		{"exec and name", []zinit.Filter{zinit.WithExec("sleep"), zinit.WithName("dhcp-eth1")}, []string{"dhcp-eth1"}},
		{"regex", []zinit.Filter{zinit.WithExecRegex(`eth\d$`)}, []string{"dhcp-eth0", "dhcp-eth1"}},
		{"regex and exec", []zinit.Filter{zinit.WithExecRegex(`^/bin`), zinit.WithExec("sleep")}, []string{"dhcp-eth0"}},
		{"invalid regex", []zinit.Filter{zinit.WithExecRegex(`(`)}, nil},
		{"name without a file", []zinit.Filter{zinit.WithName("without file")}, []string{"without file"}},
		{"two names", []zinit.Filter{zinit.WithName("other"), zinit.WithName("dhcp-eth0")}, nil},
		{"no such name", []zinit.Filter{zinit.WithName("none")}, nil},
	} {
		if found, err := client.Matches(test.filters...); err != nil || !reflect.DeepEqual(found, test.expected) {
			t.Errorf("%s: %q, error %v", test.what, found, err)
		}
	}
}

func TestALoadedServiceKeepsWhatItHasNoPlaceFor(t *testing.T) {
	directory := t.TempDir()
	client, err := zinit.WithOptions(zinit.Options{ConfigDir: directory})
	must(t, err)
	file := filepath.Join(directory, "web.yaml")
	content := "exec: old\ntest: t\nlog: ring\nenv: {A: 1}\nafter: [x]\noneshot: yes\n" +
		"shutdown_timeout: 5\nsignal: {stop: SIGHUP}\ndir: /x\nnew_key: [1, {a: b}]\n"
	must(t, os.WriteFile(file, []byte(content), 0o640))
	service, err := client.LoadService("web")
	must(t, err)
	service.Exec, service.Test, service.Oneshot, service.Log = "new", "", false, zinit.NoneLogType
	service.After, service.Env = nil, map[string]string{"B": "2"}
	must(t, client.AddService("web", service))
	read := func() (keys map[string]interface{}) {
		written, err := os.ReadFile(file)
		must(t, err)
		must(t, yaml.Unmarshal(written, &keys))
		return keys
	}
	expected := map[string]interface{}{
		"exec": "new", "log": "none", "env": map[interface{}]interface{}{"B": "2"},
		"shutdown_timeout": 5, "signal": map[interface{}]interface{}{"stop": "SIGHUP"}, "dir": "/x",
		"new_key": []interface{}{1, map[interface{}]interface{}{"a": "b"}},
	}
	if found := read(); !reflect.DeepEqual(found, expected) {
		t.Errorf("%v", found)
	}
	// It goes where the value goes.
	must(t, client.AddService("copy", service))
	if copied, err := client.LoadService("copy"); err != nil || !reflect.DeepEqual(copied, service) {
		t.Errorf("%+v, error %v", copied, err)
	}
	if marshalled, err := yaml.Marshal(service); string(marshalled) != "exec: new\nenv:\n  B: \"2\"\nlog: none\n" {
		t.Errorf("%q, error %v", marshalled, err)
	}
	// A definition that is made anew replaces the file.
	must(t, client.AddService("web", zinit.InitService{Exec: "fresh"}))
	if found := read(); !reflect.DeepEqual(found, map[string]interface{}{"exec": "fresh"}) {
		t.Errorf("%v", found)
	}
	if information, err := os.Stat(file); err != nil || information.Mode().Perm() != 0o640 {
		t.Errorf("%v, error %v", information.Mode(), err)
	}

	must(t, os.WriteFile(file, []byte("exec: a\nsignal: {stop: SIGNOPE}\ndir: /x\n"), 0o600))
	service, err = client.LoadService("web")
	must(t, err)
	if err := client.AddService("web", service); codeOf(err) != zinit.CodeInvalidService || !strings.Contains(err.Error(), "signal") {
		t.Errorf("what cannot be carried is told: %v", err)
	}
}
