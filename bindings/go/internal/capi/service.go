package capi

// #include "calls.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// Service is what the Go package's service definition has of a service file.
type Service struct {
	Exec    string
	Test    string
	Oneshot bool
	After   []string
	Env     map[string]string
	// Log is one of the Log numbers.
	Log int32
	// Rest is what else was in the file that it came from; nil for nothing.
	Rest *Rest
}

// Rest is the content of a service file that Service has no place for.
type Rest struct {
	// yaml has some `exec`, too, for there is no service file without.
	yaml string
	// refused is why the daemon would not take it.
	refused error
}

// ParseService reads the content of a service file.
func ParseService(yaml []byte) (Service, error) {
	definition, err := parse(yaml)
	if err != nil {
		return Service{}, err
	}
	defer C.zinit_service_free(definition)
	return readService(definition), nil
}

// YAML is the content of a service file.
func (s Service) YAML() (string, error) {
	definition, err := s.definition()
	if err != nil {
		return "", err
	}
	defer C.zinit_service_free(definition)
	return write(definition)
}

func parse(yaml []byte) (*C.zinit_service, error) {
	// An array of no bytes has no address.
	yaml = append(yaml[:len(yaml):len(yaml)], 0)
	var definition *C.zinit_service
	var failed *C.zinit_error
	begin := (*C.char)(unsafe.Pointer(&yaml[0]))
	if C.zinit_service_from_yaml(begin, C.size_t(len(yaml)-1), &definition, &failed) != OK {
		return nil, failure(failed)
	}
	return definition, nil
}

func write(definition *C.zinit_service) (string, error) {
	var yaml *C.char
	var failed *C.zinit_error
	if C.zinit_service_to_yaml(definition, &yaml, &failed) != OK {
		return "", failure(failed)
	}
	defer C.zinit_string_free(yaml)
	return C.GoString(yaml), nil
}

// readService takes a definition apart. What is left of it is the Rest.
func readService(definition *C.zinit_service) Service {
	var parts C.struct_service_parts
	C.read_service(definition, &parts)
	service := Service{
		Exec: C.GoString(parts.exec), Test: C.GoString(parts.test),
		Oneshot: parts.oneshot != 0, Log: int32(parts.log),
	}
	for i := C.size_t(0); i < parts.after_len; i++ {
		service.After = append(service.After, C.GoString(C.zinit_service_after_at(definition, i)))
	}
	if parts.env_len > 0 {
		service.Env = make(map[string]string, parts.env_len)
	}
	for i := C.size_t(0); i < parts.env_len; i++ {
		key := C.GoString(C.zinit_service_env_key(definition, i))
		service.Env[key] = C.GoString(C.zinit_service_env_value(definition, i))
	}
	service.Rest = takeRest(definition)
	return service
}

// takeRest leaves of a definition what Service has no place for, and writes that down.
func takeRest(definition *C.zinit_service) *Rest {
	const nothing = "exec: x\n"
	if err := (Service{Exec: "x"}).setAll(definition); err != nil {
		return &Rest{refused: err}
	}
	yaml, err := write(definition)
	if err == nil && yaml == nothing {
		return nil
	}
	return &Rest{yaml: yaml, refused: err}
}

// definition is the library's own form, to be freed.
func (s Service) definition() (*C.zinit_service, error) {
	definition := C.zinit_service_new()
	if s.Rest != nil {
		C.zinit_service_free(definition)
		if s.Rest.refused != nil {
			return nil, s.Rest.refused
		}
		var err error
		if definition, err = parse([]byte(s.Rest.yaml)); err != nil {
			return nil, err
		}
	}
	if err := s.setAll(definition); err != nil {
		C.zinit_service_free(definition)
		return nil, err
	}
	return definition, nil
}

// setAll sets every key that Service has, and takes out those that it has no value for.
func (s Service) setAll(definition *C.zinit_service) error {
	var failed *C.zinit_error
	exec, err := keyText("exec", s.Exec)
	if err != nil {
		return err
	}
	if C.zinit_service_set_exec(definition, exec, &failed) != OK {
		return failure(failed)
	}
	test, err := keyText("test", s.Test)
	if err != nil {
		return err
	}
	if C.zinit_service_set_test(definition, test, &failed) != OK {
		return failure(failed)
	}
	var oneshot C.int32_t
	if s.Oneshot {
		oneshot = 1
	}
	if C.zinit_service_set_oneshot(definition, oneshot, &failed) != OK {
		return failure(failed)
	}
	if C.zinit_service_set_log(definition, C.int32_t(s.Log), &failed) != OK {
		return failure(failed)
	}
	C.zinit_service_after_clear(definition)
	for _, name := range s.After {
		after, err := nameText(name)
		if err != nil {
			return err
		}
		if C.zinit_service_after_push(definition, after, &failed) != OK {
			return failure(failed)
		}
	}
	for C.zinit_service_env_len(definition) > 0 {
		if C.zinit_service_env_set(definition, C.zinit_service_env_key(definition, 0), nil, &failed) != OK {
			return failure(failed)
		}
	}
	for key, value := range s.Env {
		keyC, err := envText(key)
		if err != nil {
			return err
		}
		valueC, err := envText(value)
		if err != nil {
			return err
		}
		if C.zinit_service_env_set(definition, keyC, valueC, &failed) != OK {
			return failure(failed)
		}
	}
	return nil
}

// keyText is the value of a key of a service file; NULL, which takes the key out, for "".
func keyText(key, value string) (*C.char, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return nil, invalidKey(key, "it has a NUL inside")
	}
	return optionalText(value)
}

func envText(value string) (*C.char, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return nil, invalidKey("env", "it has a NUL inside")
	}
	return text(value)
}

func invalidKey(key, reason string) error {
	return &Error{
		Code: InvalidService, Message: fmt.Sprintf("invalid service definition, key `%s`: %s", key, reason),
	}
}
