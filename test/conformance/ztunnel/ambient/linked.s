// Empty: with an assembly file in the package, functions may lack a body.
