"""One-time codes: the published vectors, one use each, clocks that are a little off."""

import pytest

from archive.keeper import totp

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(moment, code):
    assert totp.code_at(RFC_SECRET, moment // totp.STEP, digits=8) == code


def test_a_code_is_good_once():
    secret, now = totp.make_secret(), 1_800_000_000.0
    code = totp.code_at(secret, int(now) // 30)
    step = totp.step_of(secret, code, now)
    assert step == int(now) // 30
    assert totp.step_of(secret, code, now, after=step) is None


def test_a_clock_one_step_off_is_forgiven_two_are_not():
    secret, now = totp.make_secret(), 1_800_000_015.0
    step = int(now) // 30
    assert totp.step_of(secret, totp.code_at(secret, step - 1), now) == step - 1
    assert totp.step_of(secret, totp.code_at(secret, step + 1), now) == step + 1
    assert totp.step_of(secret, totp.code_at(secret, step - 2), now) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456"])
def test_what_is_no_code_is_refused(code):
    assert totp.step_of(RFC_SECRET, code, 59.0) is None


def test_the_address_of_an_enrolment_escapes_names():
    assert totp.uri("ABC", "lan@oidc", "Kho A&B").startswith(
        "otpauth://totp/Kho%20A%26B:lan%40oidc?secret=ABC"
    )


def test_recovery_codes_differ_and_are_kept_as_digests():
    codes = totp.make_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert totp.recovery_digest(" " + codes[0].upper()) == totp.recovery_digest(codes[0])
    assert codes[0] not in totp.recovery_digest(codes[0])
