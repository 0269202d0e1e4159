package dev.sentby.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sentby.Program;
import dev.sentby.SentbyException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The guide's back end does what the guide says. */
class SpringGuideTest {
    @Test
    void anAttendeeOfAnnasBuys() throws Exception {
        Clock clock = Clock.fixed(Instant.parse("2026-03-01T09:00:00Z"), ZoneOffset.UTC);
        SpringGuide.SentbyConfiguration configuration = new SpringGuide.SentbyConfiguration();
        Program program = configuration.program();
        SpringGuide.Webinar webinar = new SpringGuide.Webinar(program, configuration.keys(), clock);
        String page = webinar.page("spring", "anna").getBody();
        String field = page.substring(page.indexOf("value=\"") + 7, page.indexOf("\">"));
        Attendee lena = webinar.register("Lena", field);
        String token = program.carried(webinar.purchaseLink(lena));
        Map<String, Object> bought = webinar.buy(lena.id(), token, "", "", null);
        assertTrue(bought.get("why").toString().contains("anna by token"), bought.toString());
        assertTrue(webinar.buy(lena.id(), "", "ANNA10", "a=b", "1").get("why").toString().contains("anna by coupon"));

        Attendee max = webinar.register("Max", "");
        assertNull(max.carrier());
        assertEquals("https://shop.example/checkout?attendee=" + max.id(), webinar.purchaseLink(max));
        // Lena's token moves nobody else's order.
        assertTrue(webinar.buy(max.id(), token, "", "", null).get("why").toString().contains("nobody is credited"));
        SentbyException.Refused refused = assertThrows(SentbyException.Refused.class, () -> webinar.hook("forged", "{}".getBytes()));
        assertEquals(400, new SpringGuide.Refusals().refused(refused).getStatusCode().value());
    }
}
