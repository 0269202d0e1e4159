from datetime import datetime, timezone
from sentby import Keys, Line, Money, Order, Program, RootKey, Touch

program = Program.load("core/vectors/programs/story.toml")
keys = Keys([RootKey(1, b"32 random bytes from your vault.")])

# On the phone: Lena taps Anna's link and registers. The attendee's profile keeps a token.
tapped = datetime(2026, 3, 1, 9, tzinfo=timezone.utc)
link = program.read("https://www.copecart.com/products/521411d4/p/anna/")
assert link is not None  # None: no affiliate link
token = keys.seal(link.referral, "profile", "webinarhaus.example/lena", tapped)

# On the PC, two days later, in another browser: the purchase link brings the token, an old cookie says Bob.
bought = datetime(2026, 3, 3, 18, tzinfo=timezone.utc)
anna = keys.open(token, "profile", "webinarhaus.example/lena", bought).touch()
bob = Touch("bob", datetime(2026, 2, 20, 12, tzinfo=timezone.utc), "cookie")

order = Order("A-1001", bought, [Line("1", "521411d4", gross=Money("1190.00", "EUR"), tax=Money("190.00", "EUR"))])
decision = program.attribute(order, [anna, bob])
print(decision.explain(), end="")
for entry in program.commission(order, decision).entries:
    print(f"{entry.role:9} {entry.recipient or '':12} {entry.amount!s:>12}")
