//! Tokens of every wrong kind. Keys for elliptic curves are made here; that of RSA was, and its private half is gone.

use super::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::json;

/// The modulus, and a token that its owner signed with RS256.
const RSA: &str = "nyTdHik4WIjEo4lh0GA1q0ZvYhzA2kbDi8K8Y38dXdymwdVvP_cPYQuK4yogDdjgdSCFTZOiUagGzpWpo66yFWqaxkeUYcfHKLW7NfS-oXir-in_mUJSTqonFuyGHQiTooSOgB4_iwRn9pYuAEzKmOEC1K9v9xn1mVl-UtPxl43oZKOu_WEeqt2b2q9zh76UPQi1MsW96Js2iVhc4b-FHLOVlhJKxlPob9QSyODozyarr61-QjXRZj1E4A-WqGAPryJUS7IPsQAUZSYQM7nABji6-ysuVsP8Qk4EFrllb0Zn_ix--JQzLB-8Q26Qsdd7T9_bwlvGktg1rESHB4_NSQ";
const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJtdXN0ZXIiLCJub25jZSI6Im4iLCJleHAiOjE2MDAsImlhdCI6MTAwMCwic3ViIjoiNDcxMSJ9.K4zQGS96cepNVO4qeNXRs1wSrcLkaEXlitr4J9V2YzqCrX9JWJXkBZj1cUwKaDeG8x3zoW1RsRU08u-vmq4251FmejtSdtT4Ub8nsQsNVstb8L0y3Fv3hqfmn8puFGPSJ3qI2Hwtng7dpDQUw6b5tbw5vI_IwLd_5I1Vc42j0CSPbG04ymyF1dlw28eMf0bPGxmmoDV6tukTOrlS_sLQQsaG4ChkWX7Q9yAYPqBBpqJ9znWeIGmHqeFSQ5zALy7gAG5Ep9_7b0eKSwp8Ziytvn7rqrYYC-5w7aYVhyf87-zvMMnLm3He7f8naGqCy6JPnGlCvisjjggKU7tL0LjivQ";

const WANTED: Wanted<'_> = Wanted { issuer: "https://id.example", client: "muster", nonce: "n" };

struct Signer {
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    random: SystemRandom,
}

impl Signer {
    #[expect(clippy::disallowed_methods, reason = "a test needs some randomness")]
    fn new() -> Self {
        let random = SystemRandom::new();
        let how = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec = EcdsaKeyPair::generate_pkcs8(how, &random).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(how, ec.as_ref(), &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Self { ec, ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(), random }
    }

    fn keys(&self) -> Value {
        let (point, ed) = (self.ec.public_key().as_ref(), self.ed.public_key().as_ref());
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "x": text(&point[1..33]), "y": text(&point[33..]) },
            { "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": text(ed) },
            { "kty": "RSA", "kid": "rsa", "alg": "RS256", "n": RSA, "e": "AQAB" },
            { "kty": "oct", "k": "c2VjcmV0" },
            "no key at all",
        ] })
    }

    fn read(&self) -> Keys {
        Keys::read(self.keys().to_string().as_bytes()).unwrap()
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = match header["alg"].as_str() {
            Some("EdDSA") => self.ed.sign(signed.as_bytes()).as_ref().to_vec(),
            _ => self.ec.sign(&self.random, signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn said(&self, token: &str) -> Result<Map<String, Value>, Flaw> {
        verify(token, &self.read(), WANTED, Timestamp::from_secs(1000))
    }

    /// What is said of a token with these claims beside or instead of those of a good one; `null` takes one away.
    fn with(&self, changed: Value) -> Result<Map<String, Value>, Flaw> {
        let mut claims = good();
        let Value::Object(changed) = changed else { panic!("claims are an object") };
        for (name, value) in changed {
            claims[name] = value;
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.said(&self.token(&json!({ "alg": "ES256", "kid": "ec" }), &claims))
    }
}

fn good() -> Value {
    json!({ "iss": "https://id.example", "aud": "muster", "nonce": "n", "exp": 1600, "iat": 1000, "sub": "4711" })
}

#[test]
fn a_good_token_says_who_somebody_is() {
    let signer = Signer::new();
    for header in [
        json!({ "alg": "ES256", "kid": "ec" }),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "ES256", "typ": "JWT" }),
    ] {
        let claims = signer.said(&signer.token(&header, &good())).unwrap();
        assert_eq!(claims["sub"], "4711", "{header}");
    }
    assert_eq!(signer.said(RSA_TOKEN).unwrap()["sub"], "4711");
}

#[test]
fn one_that_is_not_for_us_or_not_for_now_is_refused() {
    let signer = Signer::new();
    let wrong = [
        (json!({ "iss": "https://id.example/" }), Flaw::Issuer),
        (json!({ "iss": null }), Flaw::Issuer),
        (json!({ "aud": "other" }), Flaw::Audience),
        (json!({ "aud": ["other"] }), Flaw::Audience),
        (json!({ "aud": null }), Flaw::Audience),
        (json!({ "aud": ["muster", "other"] }), Flaw::Party),
        (json!({ "aud": ["muster", "other"], "azp": "other" }), Flaw::Party),
        (json!({ "azp": "other" }), Flaw::Party),
        (json!({ "azp": 1 }), Flaw::Party),
        (json!({ "nonce": "m" }), Flaw::Nonce),
        (json!({ "nonce": null }), Flaw::Nonce),
        (json!({ "exp": 940 }), Flaw::Expired),
        (json!({ "exp": null }), Flaw::Expired),
        (json!({ "exp": "1600" }), Flaw::Expired),
        (json!({ "iat": 1061 }), Flaw::Early),
        (json!({ "iat": null }), Flaw::Early),
        (json!({ "nbf": 1061 }), Flaw::Early),
        (json!({ "nbf": "soon" }), Flaw::Early),
        (json!({ "sub": "" }), Flaw::Subject),
        (json!({ "sub": null }), Flaw::Subject),
        (json!({ "sub": "x".repeat(256) }), Flaw::Subject),
    ];
    for (changed, flaw) in wrong {
        assert_eq!(signer.with(changed.clone()), Err(flaw), "{changed}");
    }
    for right in [
        json!({ "aud": ["muster"] }),
        json!({ "aud": ["other", "muster"], "azp": "muster" }),
        json!({ "exp": 941, "nbf": 1060, "iat": 1060 }),
        json!({ "exp": 1600.5 }),
    ] {
        assert!(signer.with(right.clone()).is_ok(), "{right}");
    }
}

#[test]
fn one_that_the_provider_did_not_sign_is_refused() {
    let signer = Signer::new();
    let other = Signer::new();
    let header = json!({ "alg": "ES256", "kid": "ec" });
    assert_eq!(signer.said(&other.token(&header, &good())), Err(Flaw::Signature));
    let token = signer.token(&header, &good());
    let (signed, _) = token.rsplit_once('.').unwrap();
    let none = BASE64_URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
    let claims = signed.split_once('.').unwrap().1;
    assert_eq!(signer.said(&format!("{none}.{claims}.")), Err(Flaw::NoKey));
    assert_eq!(signer.said(&format!("{signed}.")), Err(Flaw::Signature));
    assert_eq!(signer.said(&format!("{signed}.{}", "A".repeat(86))), Err(Flaw::Signature));
    // a key is only for what it is: the public one of RSA is no secret of HMAC's
    for (alg, kid) in
        [("HS256", "rsa"), ("ES256", "rsa"), ("PS256", "rsa"), ("RS256", "ec"), ("ES256", "gone")]
    {
        let flaw = signer.said(&signer.token(&json!({ "alg": alg, "kid": kid }), &good()));
        assert_eq!(flaw, Err(Flaw::NoKey), "{alg} {kid}");
    }
    let critical = signer.token(&json!({ "alg": "ES256", "kid": "ec", "crit": ["exp"] }), &good());
    assert_eq!(signer.said(&critical), Err(Flaw::Critical));
    let (head, tail) = RSA_TOKEN.rsplit_once('.').unwrap();
    assert_eq!(signer.said(&format!("{head}.AAAA{}", &tail[4..])), Err(Flaw::Signature));
}

#[test]
fn text_that_is_no_token_is_refused() {
    let signer = Signer::new();
    let long = "a.".repeat(1000);
    for text in ["", ".", "..", "a.b", "a.b.c", "!.!.!", long.as_str(), "e30.e30.e30"] {
        assert_eq!(signer.said(text), Err(Flaw::Form), "{text:?}");
    }
    // an encrypted token has five parts
    assert_eq!(signer.said("e30.e30.e30.e30.e30"), Err(Flaw::Form));
}

#[test]
fn keys_that_are_not_for_signatures_are_left_out() {
    let signer = Signer::new();
    let mut keys = signer.keys();
    keys["keys"][0]["use"] = json!("enc");
    let keys = Keys::read(keys.to_string().as_bytes()).unwrap();
    let token = signer.token(&json!({ "alg": "ES256", "kid": "ec" }), &good());
    assert_eq!(verify(&token, &keys, WANTED, Timestamp::from_secs(1000)), Err(Flaw::NoKey));
    assert!(Keys::read(b"[]").is_err() && Keys::read(b"{}").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_fail(text in "\\PC{0,200}") {
        let verified = verify(&text, &Keys::default(), WANTED, Timestamp::from_secs(1000));
        proptest::prop_assert!(verified.is_err());
    }
}
