package zinit_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/blang/semver"
	"gopkg.in/yaml.v2"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
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
	// zinit 0.3 has it in force when it is added.
	if err := client.Monitor(name); err != nil && (!isZinit03(t) || err != zinit.ErrAlreadyMonitored) {
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

// speaksJSONRPC returns whether the default daemon is one that speaks JSON-RPC, and not the line protocol.
func speaksJSONRPC(t *testing.T) bool {
	t.Helper()
	version, err := zinit.Default().Version()
	must(t, err)
	return version.GTE(semver.MustParse("0.2.15"))
}

// isZinit03 returns whether the default daemon is zinit 0.3, which has states and files of its own.
func isZinit03(t *testing.T) bool {
	t.Helper()
	protocol, err := zinit.Default().Protocol()
	must(t, err)
	return protocol == zinit.ProtocolZinit03
}

// eventually waits until a condition holds, as long as a busy machine may take.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
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
	// zinit 0.3 gives all that it has, with keys of its own.
	if service.Exec != "sleep 1000" || (!isZinit03(t) && !reflect.DeepEqual(service, zinit.InitService{Exec: "sleep 1000"})) {
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
	protocol, err := client.Protocol()
	must(t, err)
	minor := map[zinit.Protocol]uint64{zinit.ProtocolLine: 2, zinit.ProtocolJSONRPC: 2, zinit.ProtocolZinit03: 3}[protocol]
	version, err := client.Version()
	must(t, err)
	if version.Major != 0 || version.Minor != minor {
		t.Errorf("%v, protocol %v", version, protocol)
	}
}

func TestAnEditedFileIsInForce(t *testing.T) {
	client := monitored(t, "edited", zinit.InitService{Exec: "sleep 1000"})
	must(t, client.StartWait(20*time.Second, "edited"))
	pid := func() int {
		status, err := client.Status("edited")
		must(t, err)
		return status.Pid
	}
	file, before := filepath.Join(testdaemon.ConfigDir, "edited.yaml"), pid()
	must(t, os.WriteFile(file, []byte("log: ring\n"), 0o644))
	var failed *zinit.Error
	// Over JSON-RPC the daemon is asked for the definition.
	isAsked := speaksJSONRPC(t)
	if err := client.Reload(5*time.Second, 20*time.Second, "edited"); !errors.As(err, &failed) ||
		failed.Code != zinit.CodeInvalidService || failed.Service != "edited" || failed.RequestSent != isAsked {
		t.Errorf("%v: %+v", err, failed)
	}
	must(t, os.Remove(file))
	if err := client.Reload(0, 0, "edited"); !errors.Is(err, os.ErrNotExist) || codeOf(err) != zinit.CodeFileNotFound {
		t.Error(err)
	}
	if now := pid(); now != before {
		t.Errorf("a file that would be refused has ended the process %d: %d", before, now)
	}
	content := "# by hand\nexec:   sleep 2000   # longer\nenv: {EDITED: 'yes'}\n"
	must(t, os.WriteFile(file, []byte(content), 0o644))
	must(t, client.Reload(5*time.Second, 20*time.Second, "edited"))
	environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid()), "environ"))
	if !strings.Contains("\x00"+string(environment), "\x00EDITED=yes\x00") {
		t.Errorf("%q, error %v", environment, err)
	}
	if found, err := os.ReadFile(file); string(found) != content {
		t.Errorf("%q, error %v", found, err)
	}
	// One that the daemon does not know is monitored.
	must(t, client.StopWait(5*time.Second, "edited"))
	must(t, client.Forget("edited"))
	must(t, client.Reload(5*time.Second, 20*time.Second, "edited"))
	if pid() == 0 {
		t.Error("it has no process")
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
	eventually(t, "it is spawned", func() bool {
		status, err := client.Status("late")
		must(t, err)
		return status.State.Is(zinit.ServiceStateSpawned)
	})
	var failed *zinit.Error
	// Long enough for a busy daemon to tell the state.
	err := client.StartWait(time.Second, "late")
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
	before, err := client.Status("group-a")
	must(t, err)
	err = client.RestartMultiple(5*time.Second, 20*time.Second, append(names, "group-none")...)
	if codeOf(err) != zinit.CodeUnknownService {
		t.Error(err)
	}
	if after, err := client.Status("group-a"); err != nil || after.Pid == 0 || after.Pid == before.Pid {
		t.Errorf("%+v before, %+v after, error %v", before, after, err)
	}
	must(t, client.RestartMultiple(0, 20*time.Second, names...))
	must(t, client.StopMultiple(5*time.Second, append(names, "group-none")...))
	must(t, client.Destroy(5*time.Second, append(names, "group-none")...))
	must(t, client.Destroy(5*time.Second))
	must(t, client.StopMultiple(5*time.Second))
	must(t, client.RestartMultiple(5*time.Second, 5*time.Second))
	must(t, client.StartMultiple(5*time.Second))
	if list, err := client.List(); err != nil || len(list) != 0 {
		t.Errorf("%v, error %v", list, err)
	}
}

func TestAGroupIsStoppedInReverse(t *testing.T) {
	testdaemon.Need(t)
	client, err := zinit.WithOptions(zinit.Options{StopOrder: zinit.StopOrderReverse})
	must(t, err)
	order := filepath.Join(t.TempDir(), "order")
	names := []string{"reverse-db", "reverse-app", "reverse-web"}
	for i, name := range names {
		command := fmt.Sprintf(`trap "sleep 0.2; echo %s >> %s; exit 0" TERM; echo >> %s.%d; while :; do sleep 0.05; done`,
			name, order, order, i)
		service := zinit.InitService{Exec: "sh -c '" + command + "'"}
		if i > 0 {
			service.After = names[i-1 : i]
		}
		must(t, client.AddService(name, service))
	}
	must(t, client.StartMultiple(20*time.Second, names...))
	eventually(t, "the last one is up", func() bool { _, err := os.Stat(order + ".2"); return err == nil })
	must(t, client.Destroy(20*time.Second, names...))
	if text, err := os.ReadFile(order); err != nil || string(text) != "reverse-web\nreverse-app\nreverse-db\n" {
		t.Errorf("%q, error %v", text, err)
	}
	for order, word := range map[zinit.StopOrder]string{
		zinit.StopOrderAny: "any", zinit.StopOrderReverse: "reverse", 7: "StopOrder(7)",
	} {
		if order.String() != word {
			t.Errorf("%v, expected %s", order, word)
		}
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
		{"glob", []zinit.Filter{zinit.WithGlob("dhcp-*")}, []string{"dhcp-eth0", "dhcp-eth1"}},
		{"glob and exec", []zinit.Filter{zinit.WithGlob("*[!0]"), zinit.WithExec("sleep")}, []string{"dhcp-eth1"}},
		{"two globs", []zinit.Filter{zinit.WithGlob("dhcp*"), zinit.WithGlob("*0")}, []string{"dhcp-eth0"}},
		{"glob and regex", []zinit.Filter{zinit.WithGlob("dhcp-*"), zinit.WithExecRegex(`^/bin`)}, []string{"dhcp-eth0"}},
		{"glob without a file", []zinit.Filter{zinit.WithGlob("with*")}, []string{"without file"}},
		{"glob of a part", []zinit.Filter{zinit.WithGlob("dhcp")}, nil},
		{"two names", []zinit.Filter{zinit.WithName("other"), zinit.WithName("dhcp-eth0")}, nil},
		{"no such name", []zinit.Filter{zinit.WithName("none")}, nil},
	} {
		if found, err := client.Matches(test.filters...); err != nil || !reflect.DeepEqual(found, test.expected) {
			t.Errorf("%s: %q, error %v", test.what, found, err)
		}
	}
}

func TestAGlobThatIsInvalidSaysWhy(t *testing.T) {
	client := monitored(t, "web", zinit.InitService{Exec: "sleep 1000"})
	for pattern, why := range map[string]string{"web[": "close it with ]", "web\\": "ends with a backslash", "a\x00b": "NUL"} {
		found, err := client.Matches(zinit.WithName("web"), zinit.WithGlob(pattern))
		if codeOf(err) != zinit.CodeInvalidArgument || !strings.Contains(err.Error(), why) || found != nil {
			t.Errorf("%q: %q, error %v", pattern, found, err)
		}
	}
}

func TestStatusesAreThoseOfEachService(t *testing.T) {
	client := monitored(t, "waiting", zinit.InitService{Exec: "sleep 1000", After: []string{"ghost"}})
	names := []string{"waiting"}
	for i := 0; i < 6; i++ {
		name := fmt.Sprint("web-", i)
		monitored(t, name, zinit.InitService{Exec: "sleep 1000"})
		must(t, client.StartWait(20*time.Second, name))
		names = append(names, name)
	}
	statuses, err := client.Statuses()
	must(t, err)
	if len(statuses) != len(names) {
		t.Fatalf("%+v", statuses)
	}
	for i, name := range names {
		status, err := client.Status(name)
		if err != nil || status.Name != name || !reflect.DeepEqual(statuses[i], status) {
			t.Errorf("%+v is not %+v, error %v", statuses[i], status, err)
		}
	}
}

// ofFile is a client for service files, and the path of one that has a content.
func ofFile(t *testing.T, content string) (client *zinit.Client, file string) {
	t.Helper()
	directory := t.TempDir()
	client, err := zinit.WithOptions(zinit.Options{ConfigDir: directory})
	must(t, err)
	file = filepath.Join(directory, "web.yaml")
	must(t, os.WriteFile(file, []byte(content), 0o640))
	return client, file
}

func expectContent(t *testing.T, file, expected string) {
	t.Helper()
	if content, err := os.ReadFile(file); err != nil || string(content) != expected {
		t.Errorf("%q, error %v; expected %q", content, err, expected)
	}
}

func TestALoadedServiceIsWrittenByteForByte(t *testing.T) {
	for _, content := range []string{
		"# web\nexec:   'web'   # why\n\n\nx-own: {b: 1.10, a: [~]}\ntest: t\nenv: {B: ~, A: 1}\n# end",
		"{exec: a, dir: /x}",
		"exec: a\r\nlog: ring\r\nafter: [b, c]\r\n",
		"exec: a\n",
	} {
		client, file := ofFile(t, content)
		service, err := client.LoadService("web")
		must(t, err)
		must(t, client.AddService("web", service))
		expectContent(t, file, content)
		// It goes where the value goes.
		must(t, client.AddService("copy", service))
		expectContent(t, filepath.Join(filepath.Dir(file), "copy.yaml"), content)
		if copied, err := client.LoadService("copy"); err != nil || !reflect.DeepEqual(copied, service) {
			t.Errorf("%+v, error %v", copied, err)
		}
	}
}

func TestAChangeOfALoadedServiceChangesOnlyItsLines(t *testing.T) {
	const content = "# web\nexec: old # why\ntest: 't'\n\n# before\nafter: [x] # x\nlog: ring\nenv:\n  B: ~\n" +
		"  A: '1'\noneshot: false # no\nsignal: {stop: SIGHUP}\nx-own: {b: 1.10} # own\n"
	for _, test := range []struct {
		change   func(service *zinit.InitService)
		old, new string
	}{
		{func(s *zinit.InitService) { s.Exec = "new" }, "exec: old # why\n", "exec: new # why\n"},
		{func(s *zinit.InitService) { s.Test = "" }, "test: 't'\n", ""},
		{func(s *zinit.InitService) { s.After = append(s.After, "z") }, "after: [x] # x\n", "after:\n- x\n- z\n"},
		{func(s *zinit.InitService) { s.Log = zinit.NoneLogType }, "log: ring\n", "log: none\n"},
		{func(s *zinit.InitService) { s.Env["A"] = "2" }, "  B: ~\n  A: '1'\n", "  A: \"2\"\n  B: ~\n"},
		{func(s *zinit.InitService) { delete(s.Env, "B") }, "  B: ~\n  A: '1'\n", "  A: \"1\"\n"},
		{func(s *zinit.InitService) { s.Oneshot = true }, "oneshot: false # no\n", "oneshot: true # no\n"},
	} {
		client, file := ofFile(t, content)
		service, err := client.LoadService("web")
		must(t, err)
		test.change(&service)
		must(t, client.AddService("web", service))
		expectContent(t, file, strings.Replace(content, test.old, test.new, 1))
	}
}

func TestALoadedServiceKeepsWhatItHasNoPlaceFor(t *testing.T) {
	const rest = "shutdown_timeout: 5\nsignal: {stop: SIGHUP}\ndir: /x\nnew_key: [1, {a: b}]\n"
	client, file := ofFile(t, "exec: old\ntest: t\nlog: ring\nenv: {A: 1}\nafter: [x]\noneshot: yes\n"+rest)
	service, err := client.LoadService("web")
	must(t, err)
	service.Exec, service.Test, service.Oneshot, service.Log = "new", "", false, zinit.NoneLogType
	service.After, service.Env = nil, map[string]string{"B": "2"}
	must(t, client.AddService("web", service))
	expectContent(t, file, "exec: new\nlog: none\nenv:\n  B: \"2\"\n"+rest)
	if marshalled, err := yaml.Marshal(service); string(marshalled) != "exec: new\nenv:\n  B: \"2\"\nlog: none\n" {
		t.Errorf("%q, error %v", marshalled, err)
	}
	// A definition that is made anew replaces the file.
	fresh := zinit.InitService{Exec: "fresh", Env: map[string]string{"A": "yes"}}
	must(t, client.AddService("web", fresh))
	expectContent(t, file, "exec: fresh\nenv:\n  A: \"yes\"\n")
	if loaded, err := client.LoadService("web"); err != nil || !reflect.DeepEqual(loaded, fresh) {
		t.Errorf("%+v, error %v", loaded, err)
	}
	if information, err := os.Stat(file); err != nil || information.Mode().Perm() != 0o640 {
		t.Errorf("%v, error %v", information.Mode(), err)
	}
}

func TestALoadedServiceThatTheDaemonWouldRefuse(t *testing.T) {
	for _, test := range []struct {
		content, key, place string
		mend                func(service *zinit.InitService)
		mended              string
	}{
		{"exec: a # why\noneshot: yes\n", "`oneshot`", "line 2 column 10",
			func(s *zinit.InitService) { s.Test = "t" }, "exec: a # why\noneshot: true\ntest: t\n"},
		{"# web\nlog: bogus\nexec: a\n", "`log`", "line 2 column 6",
			func(s *zinit.InitService) { s.Log = zinit.RingLogType }, "# web\nlog: ring\nexec: a\n"},
		{"# web\ntest: t\n", "`exec`", "",
			func(s *zinit.InitService) { s.Exec = "a" }, "# web\ntest: t\nexec: a\n"},
		{"exec: a\nsignal: {stop: SIGNOPE}\ndir: /x\n", "`signal.stop`", "line 2 column 16", nil, ""},
		{"exec: a\nshutdown_timeout: soon\n", "`shutdown_timeout`", "line 2 column 19", nil, ""},
	} {
		client, file := ofFile(t, test.content)
		service, err := client.LoadService("web")
		must(t, err)
		expectRefused := func() {
			t.Helper()
			err := client.AddService("web", service)
			if codeOf(err) != zinit.CodeInvalidService || !strings.Contains(err.Error(), test.key) ||
				!strings.Contains(err.Error(), test.place) {
				t.Errorf("%q: %v", test.content, err)
			}
			expectContent(t, file, test.content)
		}
		expectRefused()
		if test.mend == nil {
			// No field can mend it.
			service.Exec = "b"
			expectRefused()
			continue
		}
		test.mend(&service)
		must(t, client.AddService("web", service))
		expectContent(t, file, test.mended)
	}
}

// A field would hold something else than the file.
func TestAFileWithAValueThatNoFieldCanHold(t *testing.T) {
	for content, words := range map[string]string{
		"exec: [a]\n":                    "line 1 column 7: key `exec`",
		"exec: a\ntest: {a: b}\n":        "line 2 column 7: key `test`",
		"exec: a\noneshot: 1\n":          "line 2 column 10: key `oneshot`",
		"exec: a\nafter: net\n":          "line 2 column 8: key `after`",
		"exec: a\nenv: [A=1]\n":          "line 2 column 6: key `env`",
		"exec: a\nenv: {B: 1, A: [1]}\n": "line 2 column 16: key `env.A`",
	} {
		client, file := ofFile(t, content)
		_, err := client.LoadService("web")
		var failed *zinit.Error
		if !errors.As(err, &failed) || failed.Code != zinit.CodeFileSyntax || failed.Service != "web" ||
			!strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", content, err)
		}
	}
}
