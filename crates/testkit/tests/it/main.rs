//! A real server, asked as clients ask.

#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

mod accounts;
mod admin;
mod campus;
mod console;
mod documents;
mod engines;
mod health;
mod hostile;
mod http;
mod limits;
mod mail;
mod mounts;
mod pages;
mod races;
mod reports;
mod request_id;
mod sixth;
mod stop;
mod uploads;

/// The smallest contract with a sign-up, a sign-in and a profile.
const MEMBERS: &str = r#"contract: members
title: Members
version: 1.0.0
language: en

tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]

policy:
  sign_in: [email]
  verify_email: sent

errors:
  body: { error: "{{ error.code }}", request_id: "{{ error.request_id }}" }

routes:
  POST /members:
    summary: Sign up
    does: account.sign_up
    takes: { email: body.email, password: body.password }
    gives: { status: 201, body: { id: "{{ account.id }}", email: "{{ account.email }}" } }

  POST /sessions:
    summary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }

  GET /me:
    summary: The own account
    does: account.show
    gives: { body: { email: "{{ account.email }}", verified: "{{ account.email_verified }}" } }

  POST /password/reset:
    summary: Ask for a link to choose a new password
    does: password.request_reset
    takes: { email: body.email }
    gives: { status: 204 }
"#;
