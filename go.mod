module github.com/authz-doctor/kubectl-authz_doctor

go 1.26.0
