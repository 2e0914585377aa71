"""Single sign-on at an identity provider (OpenID Connect), and the account for when that is away."""
