//! The two APIs that members use, as their documents say.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// Whose API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// Sign-ups open a session and send a mail.
    Energyboost,
    /// Members can leave.
    Welt,
}

/// The tokens of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
}

impl Pair {
    /// The tokens in an answer.
    pub fn of(body: &Value) -> Option<Self> {
        let text = |names: [&str; 2]| names.iter().find_map(|name| body[*name].as_str()).map(str::to_owned);
        Some(Self { access: text(["accessToken", "access"])?, refresh: text(["refreshToken", "refresh"])? })
    }
}

/// A request: method, path, body.
pub type Wanted = (Method, &'static str, Option<Value>);

impl App {
    pub fn sign_up(self, email: &str, password: &str, number: u64) -> Wanted {
        match self {
            Self::Energyboost => (
                Method::POST,
                "/energyboost/users/signup/",
                Some(json!({
                    "name": "김에너지", "email": email, "password1": password, "password2": password,
                    "mobile": format!("010{:08}", number % 100_000_000), "date_of_birth": "1990-01-01",
                    "gender": "female",
                })),
            ),
            Self::Welt => (
                Method::POST,
                "/welt/auth/accounts/register",
                Some(json!({ "email": email, "password": password, "name": "John Doe" })),
            ),
        }
    }

    pub fn sign_in(self, email: &str, password: &str) -> Wanted {
        let path = match self {
            Self::Energyboost => "/energyboost/users/login/",
            Self::Welt => "/welt/auth/login",
        };
        (Method::POST, path, Some(json!({ "email": email, "password": password })))
    }

    pub fn refresh(self, token: &str) -> Wanted {
        match self {
            Self::Energyboost => {
                (Method::POST, "/energyboost/users/token/refresh/", Some(json!({ "refresh": token })))
            }
            Self::Welt => (Method::POST, "/welt/auth/token/refresh", Some(json!({ "refreshToken": token }))),
        }
    }

    pub fn profile(self) -> Wanted {
        let path = match self {
            Self::Energyboost => "/energyboost/users/user/",
            Self::Welt => "/welt/auth/accounts/profile",
        };
        (Method::GET, path, None)
    }

    pub fn sign_out(self) -> Wanted {
        let path = match self {
            Self::Energyboost => "/energyboost/users/logout/",
            Self::Welt => "/welt/auth/logout",
        };
        (Method::POST, path, None)
    }

    pub fn change_password(self, email: &str, old: &str, new: &str) -> Wanted {
        match self {
            Self::Energyboost => (
                Method::POST,
                "/energyboost/users/password/change/",
                Some(json!({ "new_password1": new, "new_password2": new })),
            ),
            Self::Welt => (
                Method::PATCH,
                "/welt/auth/accounts/password",
                Some(json!({ "email": email, "password": old, "newPassword": new })),
            ),
        }
    }

    pub fn request_reset(self, email: &str) -> Wanted {
        let path = match self {
            Self::Energyboost => "/energyboost/users/password/reset/",
            Self::Welt => "/welt/auth/accounts/reset/request",
        };
        (Method::POST, path, Some(json!({ "email": email })))
    }

    /// By the link of a mail of `Energyboost`.
    pub fn reset(uid: &str, token: &str, password: &str) -> Wanted {
        let body = json!({
            "uid": uid, "token": token, "new_password1": password, "new_password2": password,
        });
        (Method::POST, "/energyboost/users/password/reset/confirm/", Some(body))
    }

    /// Only `Welt` has a route for it.
    pub fn delete(email: &str, password: &str) -> Wanted {
        (Method::DELETE, "/welt/auth/accounts", Some(json!({ "email": email, "password": password })))
    }

    /// Whether an answer of 503 reads as the contract says.
    pub fn is_unavailable(self, body: &Value) -> bool {
        match self {
            Self::Energyboost => {
                body.as_object().is_some_and(|members| members.len() == 1 && body["detail"].is_string())
            }
            Self::Welt => {
                let message = "Service unavailable";
                *body == json!({ "status": 503, "code": 50300, "message": message, "detail": "" })
            }
        }
    }
}

/// A request to a node.
pub fn request(client: &Client, node: &str, (method, path, body): Wanted) -> RequestBuilder {
    let request = client.request(method, format!("{node}{path}"));
    match body {
        Some(body) => request.json(&body),
        None => request,
    }
}
