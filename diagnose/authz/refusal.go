package authz

// refusal are clauses one of which holds if the filter denies what its rules match;
// nil if it always does. They say the same as denies.
func (c *custom) refusal(d Dialect) []clause {
	pseudo := func(k kind, v string, words string, not bool) field {
		return field{subject: subject{kind: k, name: c.provider}, tests: []test{{op: opExact, text: v}}, not: not, wanted: []string{words}}
	}
	refused := pseudo(kindAuthorizer, "", "OK", true)
	missing := pseudo(kindProvider, providerNone, "missing", false)
	grpc := pseudo(kindProvider, providerGRPC, "of gRPC", false)
	switch {
	case c.mode == customDeny:
		return nil
	case c.mode == customAsk:
		return []clause{{fields: []field{refused}}}
	case c.dry && d == EnvoyTCP:
		return []clause{{fields: []field{grpc}}}
	case c.dry:
		missing.not = true
		return []clause{{fields: []field{missing}}}
	case d == EnvoyTCP:
		return []clause{{fields: []field{missing}}, {fields: []field{grpc, refused}}}
	}
	return []clause{{fields: []field{missing}}, {fields: []field{refused}}}
}

// provider: of which type an extension provider is, if it exists.
func (f *field) provider(e *env) Truth {
	v, known := e.stands(f.subject.key())
	if !known {
		return Unseen
	}
	return truth(anyTest(f.tests, v.text))
}
