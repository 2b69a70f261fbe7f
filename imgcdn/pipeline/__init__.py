"""The story of a request, on ports alone: which stage follows which, and what each needs. `app` fills the ports."""
