package traffic

// parse returns the tests of a file that can be run, and whether there are objects
// of the cluster beside them.
func parse(in input) (tests []test, own bool, problems []*Problem) {
	if in.err != nil {
		return nil, false, []*Problem{{File: in.name(), Message: in.err.Error()}}
	}
	documents, problem := split(in.name(), in.text)
	if problem != nil {
		return nil, false, []*Problem{problem}
	}
	for _, d := range documents {
		is, problem := d.isTest()
		switch {
		case problem != nil:
			problems = append(problems, problem)
		case is:
			t, wrong := decodeTest(d)
			problems = append(problems, wrong...)
			if len(wrong) == 0 {
				tests = append(tests, t)
			}
		case !isNull(d.node):
			own = true
		}
	}
	return tests, own, problems
}
