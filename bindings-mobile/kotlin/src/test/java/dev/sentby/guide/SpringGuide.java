package dev.sentby.guide;

import dev.sentby.Amounts;
import dev.sentby.Commission;
import dev.sentby.Consent;
import dev.sentby.CookieSpec;
import dev.sentby.Decision;
import dev.sentby.Evidence;
import dev.sentby.Line;
import dev.sentby.Link;
import dev.sentby.Opened;
import dev.sentby.Order;
import dev.sentby.Platform;
import dev.sentby.Program;
import dev.sentby.Purpose;
import dev.sentby.Sentby;
import dev.sentby.SentbyException;
import dev.sentby.Touch;
import dev.sentby.Webhook;
import dev.sentby.server.Keys;
import dev.sentby.server.RootKey;
import dev.sentby.server.SentbyServer;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

class SpringGuide {
    @Configuration
    static class SentbyConfiguration {
        @Bean
        Program program() throws SentbyException {
            return Program.fromToml("""
                sentby = 1
                vendor = "webinarhaus"
                products = [{ id = "course" }]
                affiliates = [{ id = "anna", coupons = ["ANNA10"], partnership = [{ state = "approved", since = "2026-01-01T00:00:00Z" }] }]
                links.templates = ["https://webinarhaus.example/webinar/{campaign}?partner={affiliate}"]
                commission = [{ pays = { percent = "50" } }]
                """);
        }

        @Bean(destroyMethod = "close")
        Keys keys() throws SentbyException {
            byte[] secret = "32 random bytes from your vault.".getBytes();
            return new Keys(List.of(new RootKey(1, secret, null)));
        }
    }

    @RestController
    static class Webinar {
        static final String SITE = "webinarhaus.example";
        static final CookieSpec COOKIE = new CookieSpec(SITE);

        private final Program program;
        private final Keys keys;
        private final Clock clock;
        private final Map<String, Attendee> attendees = new ConcurrentHashMap<>();

        Webinar(Program program, Keys keys, Clock clock) {
            this.program = program;
            this.keys = keys;
            this.clock = clock;
        }

        @GetMapping("/webinar/{campaign}")
        ResponseEntity<String> page(@PathVariable String campaign, @RequestParam(required = false) String partner) throws SentbyException {
            Link link = partner == null ? null : program.read("https://" + SITE + "/webinar/" + campaign + "?partner=" + partner);
            String field = link == null ? "" : keys.seal(link.getReferral(), Purpose.LINK, SITE, clock.instant(), null);
            return ResponseEntity.ok("<form method=post action=/register><input type=hidden name=xa value=\"" + field + "\">…</form>");
        }

        /** Null for what is forged, mangled, expired or somebody else's: nobody is kept from registering or buying. */
        private Opened opened(String token, Purpose purpose, String audience) throws SentbyException {
            try {
                return keys.open(token, purpose, audience, clock.instant());
            } catch (SentbyException.Refused refused) {
                return null;
            }
        }

        @PostMapping("/register")
        Attendee register(@RequestParam String name, @RequestParam(defaultValue = "") String xa) throws SentbyException {
            String id = UUID.randomUUID().toString().substring(0, 8);
            Opened link = opened(xa, Purpose.LINK, SITE);
            String carrier = link == null ? null : keys.seal(link.getReferral(), Purpose.PROFILE, SITE + "/" + id, clock.instant(), null);
            Attendee attendee = new Attendee(id, name, carrier);
            attendees.put(id, attendee);
            return attendee;
        }

        String purchaseLink(Attendee attendee) throws SentbyException {
            String url = "https://shop.example/checkout?attendee=" + attendee.id();
            String audience = SITE + "/" + attendee.id();
            Opened profile = attendee.carrier() == null ? null : opened(attendee.carrier(), Purpose.PROFILE, audience);
            if (profile == null) return url;
            return program.carry(url, keys.seal(profile.getReferral(), Purpose.MAIL, audience, profile.getIssuedAt(), null));
        }

        @PostMapping("/checkout")
        Map<String, Object> buy(
                @RequestParam String attendee,
                @RequestParam(defaultValue = "") String xa,
                @RequestParam(defaultValue = "") String coupon,
                @RequestHeader(name = HttpHeaders.COOKIE, defaultValue = "") String cookies,
                @RequestHeader(name = "Sec-GPC", required = false) String gpc)
                throws SentbyException {
            Instant now = clock.instant();
            Consent consent = Sentby.consent(null, "1".equals(gpc));
            List<Touch> touches = new ArrayList<>();
            for (Touch touch : keys.readCookie(COOKIE, cookies, now).getTouches()) touches.add(Sentby.touchWithin(touch, consent));
            Opened mail = opened(xa, Purpose.MAIL, SITE + "/" + attendee);
            if (mail != null) touches.add(Sentby.touchOf(mail));
            String owner = program.couponOwner(coupon);
            if (owner != null) touches.add(new Touch(owner, now, Evidence.COUPON).withCoupon(coupon));

            Line line = new Line("1", "course", Amounts.money(new BigDecimal("1190.00"), "EUR"), Amounts.money(new BigDecimal("190.00"), "EUR"));
            Order order = new Order(UUID.randomUUID().toString(), now, List.of(line)).withCoupons(owner == null ? List.of() : List.of(coupon));
            Decision decision = program.attribute(order, touches);
            Commission commission = program.commission(order, decision);
            return Map.of("why", Sentby.explain(decision), "entries", commission.getEntries());
        }

        @PostMapping("/hooks/copecart")
        String hook(@RequestHeader("X-Copecart-Signature") String signature, @RequestBody byte[] body) throws SentbyException {
            Webhook webhook = SentbyServer.webhook(program, Platform.COPECART, "the secret of the platform", signature, body, clock.instant());
            return "OK " + webhook.getId();
        }
    }

    @RestControllerAdvice
    static class Refusals {
        @ExceptionHandler
        ResponseEntity<String> refused(SentbyException.Refused error) {
            return ResponseEntity.status(HttpStatus.BAD_REQUEST).body(error.getCode() + "\n");
        }
    }
}
