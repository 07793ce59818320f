package zinit

import (
	"fmt"
	"strings"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// LogType is where the output of a service goes.
type LogType string

// Where the output of a service can go.
const (
	// StdoutLogType is the daemon's own output.
	StdoutLogType LogType = "stdout"
	// RingLogType is the daemon's ring buffer.
	RingLogType LogType = "ring"
	// NoneLogType is nowhere.
	NoneLogType LogType = "none"
)

// UnmarshalYAML reads a log type, in lower case.
func (s *LogType) UnmarshalYAML(unmarshal func(interface{}) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	*s = LogType(strings.ToLower(text))
	return nil
}

// InitService is the definition of a service. One that was loaded from a file keeps what else stands in the file, such as
// shutdown_timeout, signal and dir: AddService and Deploy write it back. A definition that is made anew has nothing of
// the kind, and replaces the whole file.
type InitService struct {
	// Exec is the command to run.
	Exec string `yaml:"exec,omitempty"`
	// Oneshot is a service that runs once, instead of being kept running.
	Oneshot bool `yaml:"oneshot,omitempty"`
	// Test is the command that tells whether the service is up, by its exit code.
	Test string `yaml:"test,omitempty"`
	// After are the services that must be up before.
	After []string `yaml:"after,omitempty"`
	// Env are environment variables.
	Env map[string]string `yaml:"env,omitempty"`
	// Log is where the output goes; "" is the ring buffer.
	Log LogType `yaml:"log,omitempty"`

	// rest is nil unless there is something: most definitions can then be compared with reflect.DeepEqual.
	rest *capi.Rest
}

// AddService writes the file of a service in /etc/zinit, in place of one that is there. Monitor makes the daemon read it.
func AddService(name string, service InitService) error {
	return Default().AddService(name, service)
}

// RemoveService removes the file of a service from /etc/zinit; one that is not there is no failure. Stop and forget the
// service first.
func RemoveService(name string) error {
	return Default().RemoveService(name)
}

// LoadService reads the definition of a service from its file in /etc/zinit. If there is no such file, the error is
// os.ErrNotExist by errors.Is.
func LoadService(name string) (service InitService, err error) {
	return Default().LoadService(name)
}

var logTypes = []struct {
	log    LogType
	number int32
}{
	{"", capi.LogUnset}, {RingLogType, capi.LogRing}, {StdoutLogType, capi.LogStdout}, {NoneLogType, capi.LogNone},
}

func (s InitService) toC() (capi.Service, error) {
	service := capi.Service{
		Exec: s.Exec, Oneshot: s.Oneshot, Test: s.Test, After: s.After, Env: s.Env, Rest: s.rest,
	}
	for _, known := range logTypes {
		if strings.EqualFold(string(s.Log), string(known.log)) {
			service.Log = known.number
			return service, nil
		}
	}
	return service, &Error{
		Code:    CodeInvalidService,
		message: fmt.Sprintf("invalid service definition, key `log`: %q is none of ring, stdout and none", string(s.Log)),
	}
}

func serviceFromC(service capi.Service) InitService {
	result := InitService{
		Exec: service.Exec, Oneshot: service.Oneshot, Test: service.Test, After: service.After, Env: service.Env,
		rest: service.Rest,
	}
	for _, known := range logTypes {
		if service.Log == known.number {
			result.Log = known.log
		}
	}
	return result
}
