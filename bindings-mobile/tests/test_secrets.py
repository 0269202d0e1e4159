"""An app's library and package hold nothing that takes a secret."""

import pathlib

GENERATED = pathlib.Path(__file__).resolve().parents[1] / "target" / "generated"
SECRETS = [b"method_keys_open", b"constructor_rootkey_new", b"func_webhook\0", b"func_identity\0"]


def test_the_library_of_an_app_has_no_keys():
    (app,) = (GENERATED / "app").iterdir()
    (server,) = (GENERATED / "native").glob("*/*")
    assert [name for name in SECRETS if name in app.read_bytes()] == []
    assert [name for name in SECRETS if name not in server.read_bytes()] == []
    # And it does have the rest.
    assert b"func_peek\0" in app.read_bytes()


def test_the_package_of_an_app_has_no_keys():
    for source in ["kotlin/dev/sentby/sentby.kt", "swift/Sentby.swift"]:
        text = (GENERATED / source).read_text()
        assert "class Keys" not in text and "class RootKey" not in text
        assert "class Program" in text
