package plain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/markdown"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// endings are the formats of an answer, with what files of them end in.
var endings = map[string]string{"markdown": ".md", "text": ".txt", "yaml": ".yaml", "json": ".json"}

// format is the answer in a format.
func (d *dialogue) format(name string) (string, error) {
	if d.answer == nil {
		return "", errNoAnswer
	}
	var b bytes.Buffer
	switch name {
	case "markdown":
		err := markdown.Write(&b, d.answer.Diagnosis)
		return b.String(), err
	case "text":
		err := report.Text(&b, d.answer.Diagnosis, report.TextOptions{Full: true, ASCII: d.ASCII})
		return b.String(), err
	case "yaml", "json":
		o, err := report.Object(d.answer.Diagnosis)
		if err != nil {
			return "", err
		}
		out, err := json.MarshalIndent(o.Object, "", "    ")
		if err == nil && name == "yaml" {
			out, err = yaml.Marshal(o.Object)
		}
		return strings.TrimSuffix(string(out), "\n") + "\n", err
	}
	return "", fmt.Errorf("there is no format %q: want markdown, text, yaml or json", name)
}

// print prints the answer in a format.
func (d *dialogue) print(_ context.Context, arg string) error {
	text, err := d.format(arg)
	if err != nil {
		return err
	}
	fmt.Fprint(d.out, text)
	return nil
}

// save saves the answer in a format.
func (d *dialogue) save(_ context.Context, arg string) error {
	format, name, _ := strings.Cut(arg, " ")
	text, err := d.format(format)
	if err != nil {
		return err
	}
	return d.write(cmp.Or(strings.TrimSpace(name), tui.FileName(d.question)+endings[format]), text)
}

func (d *dialogue) write(name, text string) error {
	if d.SaveFile == nil {
		return errors.New("nothing can be saved here")
	}
	if err := d.SaveFile(name, []byte(text)); err != nil {
		return err
	}
	d.say("Saved: %s", name)
	return nil
}

// saveTest saves the question with its answer as a TrafficTest.
func (d *dialogue) saveTest(ctx context.Context, arg string) error {
	switch {
	case d.answer == nil:
		return errNoAnswer
	case slices.Contains(d.Files, "-"):
		return errors.New("the objects came from standard input, which no file can name")
	}
	name := cmp.Or(arg, tui.FileName(d.question)+".yaml")
	text, left, err := tui.TrafficTest(ctx, d.Asker, d.answer, d.Files, name)
	if err != nil {
		return err
	}
	for _, l := range left {
		d.say("Left out, for it is a secret: %s.", l)
	}
	return d.write(name, string(text))
}

// commandLine says the command that asks the same.
func (d *dialogue) commandLine(context.Context, string) error {
	line, secret := tui.CommandLine(slices.Concat(d.Command, d.question.Args()))
	fmt.Fprintln(d.out, d.clean(line)) // never broken: it is to be copied
	if secret || d.question.HasToken {
		d.say("What is secret was left out of it.")
	}
	return nil
}
