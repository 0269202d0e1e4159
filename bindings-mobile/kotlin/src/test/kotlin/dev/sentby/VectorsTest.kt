package dev.sentby

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.JsonNodeFactory
import com.fasterxml.jackson.databind.node.ObjectNode
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import dev.sentby.server.*
import java.io.File
import java.time.Instant

/** Runs every case of `core/vectors` on the JVM. */
class VectorsTest {
    private val json = ObjectMapper()
    private val nodes = JsonNodeFactory.instance
    private val directory = File(System.getProperty("sentby.vectors"))
    private val counts =
        mapOf("claim" to 75, "commission" to 97, "cookie" to 51, "decision" to 142, "desk" to 106, "identity" to 47, "ledger" to 54, "link" to 107, "money" to 41, "network" to 252, "program" to 114, "settlement" to 85, "token" to 95, "tools" to 103, "webhook" to 150)

    @Test
    fun `every vector file is run`() {
        val found = directory.list()!!.filter { it.endsWith(".json") && it !in setOf("api.json", "codes.json") }.map { it.removeSuffix(".json") }
        assertEquals(counts.keys, found.toSet())
    }

    @TestFactory
    fun vectors(): List<DynamicTest> = counts.flatMap { (name, count) ->
        val file = json.readTree(File(directory, "$name.json"))
        val cases = file["cases"].toList()
        assertEquals(listOf(count, count), listOf(cases.size, file["count"].asInt()), "$name: number of cases")
        val run: (JsonNode, JsonNode) -> JsonNode = when (name) {
            "token" -> ::token
            "cookie" -> ::cookie
            "decision" -> ::decision
            "settlement", "commission" -> ::settlement
            "ledger" -> ::ledger
            "money" -> ::money
            "link" -> ::link
            "network" -> ::network
            "identity" -> ::identity
            "claim" -> ::claim
            "tools" -> ::tools
            "desk" -> ::desk
            "webhook" -> ::webhook
            else -> ::program
        }
        cases.map { case ->
            DynamicTest.dynamicTest("$name ${case["id"].asText()}: ${case["about"].asText()}") {
                // Through text, so that numbers compare by value and not by their Java type.
                val got = json.readTree(json.writeValueAsString(outcome { run(file, case) }))
                assertEquals(case["expect"], got)
            }
        }
    }

    private fun outcome(call: () -> JsonNode): JsonNode =
        try {
            call()
        } catch (error: SentbyException.Refused) {
            node("error" to error.code)
        }

    private fun node(vararg fields: Pair<String, Any?>): ObjectNode = json.valueToTree(linkedMapOf(*fields))

    private fun JsonNode.text(name: String): String? = this[name]?.takeUnless { it.isNull }?.asText()

    private fun JsonNode.time(name: String): Instant? = this[name]?.takeUnless { it.isNull }?.let { Instant.ofEpochMilli(it.asLong()) }

    private fun JsonNode.texts(name: String): List<String> = this[name].map { it.asText() }

    private inline fun <reified E : Enum<E>> word(text: String): E = enumValueOf(text.uppercase())

    private fun money(node: JsonNode) = Money(node["minor"].asLong(), node["currency"].asText())

    private fun keys(file: JsonNode, case: JsonNode) = Keys(
        file["keys"][case["keys"].asText()].map { key ->
            val secret = key["secret_hex"].asText().chunked(2).map { it.toInt(16).toByte() }.toByteArray()
            RootKey(key["id"].asInt(), secret, key.time("retires"))
        },
    )

    private fun programOf(file: JsonNode, case: JsonNode) = Program.fromJson(file["programs"][case["program"].asText()].toString())

    private fun touch(node: JsonNode, evidence: Evidence) = Touch(
        affiliate = node["affiliate"].asText(), at = node.time("at")!!, evidence = evidence, product = node.text("product"),
        campaign = node.text("campaign"), clickId = node.text("click_id"), coupon = node.text("coupon"),
        consent = node.text("consent")?.let { word<Consent>(it) }, navigated = node["navigated"]?.asBoolean() ?: true,
        signed = node["signed"]?.asBoolean() ?: false,
    )

    private fun order(node: JsonNode) = Order(
        id = node["id"].asText(), at = node.time("at")!!, payment = node["payment"].asInt(), cartAt = node.time("cart_at"),
        lines = node["lines"].map { line(it) },
        identities = node.texts("identities"), coupons = node.texts("coupons"), country = node.text("country"),
        customer = node.text("customer")?.let { word<Customer>(it) }, accounts = node["accounts"]?.asInt(),
        event = node.text("event")?.let { word<Event>(it) }, firstAt = node.time("first_at"), rate = node.text("rate"),
    )

    private fun line(node: JsonNode) = Line(
        node["id"].asText(), node["product"].asText(), money(node["gross"]), money(node["tax"]), node["quantity"].asInt(),
        node["shipping"]?.let { money(it) }, node["discount"]?.let { money(it) },
    )

    private fun ids(referral: Referral) = arrayOf("affiliate" to referral.affiliate, "product" to referral.product, "click_id" to referral.clickId)

    private fun token(file: JsonNode, case: JsonNode): JsonNode {
        val keys = keys(file, case)
        val text = case.text("text").orEmpty()
        val audience = case.text("audience").orEmpty()
        val purpose = case.text("purpose")?.let { word<Purpose>(it) }
        val now = case.time("now")
        return when (case["op"].asText()) {
            "open" -> keys.open(text, purpose!!, audience, now!!).run {
                node(*ids(referral), "issued_at" to issuedAt.toEpochMilli(), "expires_at" to expiresAt.toEpochMilli(), "key_id" to keyId)
            }
            "peek" -> peek(text).run {
                node(
                    *ids(referral), "purpose" to this.purpose.name.lowercase(), "key_id" to keyId,
                    "issued_at" to issuedAt.toEpochMilli(), "lifetime_hours" to lifetimeHours,
                )
            }
            "seal" -> {
                val referral = Referral(affiliate = case.text("affiliate"), product = case.text("product"), clickId = case.text("click_id"))
                node("text" to keys.seal(referral, purpose!!, audience, now!!, case["lifetime_hours"]?.takeUnless { it.isNull }?.asInt()))
            }
            "short_code" -> node("text" to keys.shortCode(case["click_id"].asText(), audience, now!!))
            else -> node("click_id" to keys.openShortCode(text, audience, now!!))
        }
    }

    private fun cookie(file: JsonNode, case: JsonNode): JsonNode {
        val keys = keys(file, case)
        val spec = case["spec"].run { CookieSpec(this["site"].asText(), this["name"].asText(), this["lifetime_hours"].asInt(), this["secure"].asBoolean()) }
        val now = case.time("now")!!
        if (case["op"].asText() == "read") {
            val reading = keys.readCookie(spec, case["header"].asText(), now)
            val touches = reading.touches.map { mapOf("affiliate" to it.affiliate, "at" to it.at.toEpochMilli(), "product" to it.product, "click_id" to it.clickId) }
            return node("touches" to touches, "rejected" to reading.rejected)
        }
        if (case["op"].asText() == "forget") {
            return node("set_cookie" to keys.forgetCookie(spec, case["header"].asText(), case["click_ids"].map { it.asText() }, now))
        }
        val touches = case["touches"].map { touch(it, Evidence.PARAMETER) }
        return node("set_cookie" to keys.setCookie(spec, touches, word<Consent>(case["consent"].asText()), now))
    }

    private fun decision(file: JsonNode, case: JsonNode): JsonNode {
        val program = programOf(file, case)
        val order = order(case["order"])
        val touches = case["touches"].map { touch(it, word<Evidence>(it["evidence"].asText())) }
        val decision = program.attribute(order, touches)
        return node(
            "credits" to decision.credits.map { mapOf("affiliate" to it.affiliate, "weight" to it.weight, "touch" to it.touch) },
            "verdicts" to decision.verdicts.map { mapOf("reason" to it.reason.name.lowercase(), "by" to it.by) },
            "flags" to decision.flags.map { mapOf("code" to it.code.name.lowercase(), "touches" to it.touches) },
            "conflicts" to decision.conflicts.map {
                mapOf("evidence" to it.evidence.name.lowercase(), "affiliate" to it.affiliate, "touch" to it.touch, "credited" to it.credited)
            },
            "version" to decision.version,
            "fingerprint" to program.fingerprint(order, touches, decision),
            "explain" to explain(decision),
            "explain_de" to explain(decision, messages("de")),
        )
    }

    private fun claim(file: JsonNode, case: JsonNode): JsonNode {
        assertTrue(file.has("cases"))
        val text = case["text"].asText()
        val now = case.time("now")!!
        if (case["op"].asText() == "touch") {
            val touch = claimTouch(claimFromJson(text), now) ?: return nodes.nullNode()
            return node(
                "affiliate" to touch.affiliate, "at" to touch.at.toEpochMilli(), "evidence" to touch.evidence.name.lowercase(),
                "product" to touch.product, "campaign" to touch.campaign, "click_id" to touch.clickId, "coupon" to touch.coupon,
                "consent" to touch.consent?.name?.lowercase(), "navigated" to touch.navigated, "signed" to touch.signed,
            )
        }
        val stored = case["stored"].map { StoredClaim(it["key"].asText(), claimFromJson(it["text"].asText())) }
        val receipt = receiveClaim(text, case["key"].asText(), stored, now)
        // The code of a rejection, and its place if it has one.
        val parts = receipt.detail?.takeIf { receipt.outcome == ClaimOutcome.REJECT }?.split(": ", limit = 3)
        val why = parts?.let { if (it[1].startsWith("/")) "${it[0]}: ${it[1]}" else it[0] }
        return node("outcome" to receipt.outcome.name.lowercase(), "claim" to receipt.claim?.let { claimToJson(it) }, "why" to why)
    }

    private fun tools(file: JsonNode, case: JsonNode): JsonNode {
        assertTrue(file.has("cases"))
        fun program(name: String) = Program.fromToml(case[name].asText())
        return json.valueToTree(
            if (case["op"].asText() == "lint") {
                program("text").lint().map { mapOf("code" to it.code.name.lowercase(), "place" to it.place) }
            } else {
                program("old").diff(program("new")).map { mapOf("place" to it.place, "sentence" to it.sentence) }
            },
        )
    }

    private fun rows(entries: List<Entry>) = entries.map {
        mapOf("line" to it.line, "role" to it.role.name.lowercase(), "recipient" to it.recipient, "minor" to it.amount.minor, "rule" to it.rule)
    }

    private fun event(node: JsonNode) = LedgerEvent(
        id = node["id"].asText(), at = node.time("at")!!, kind = word<LedgerKind>(node["kind"].asText()), order = node.text("order"),
        payment = node["payment"]?.asInt(), amount = node["amount"]?.let { money(it) }, line = node.text("line"), of = node.text("of"),
        recipient = node.text("recipient"), state = node.text("state")?.let { word<PartnershipState>(it) },
        verified = node["verified"]?.asBoolean(), note = node.text("note"),
        commission = node["commission"]?.let { sale ->
            Commission(
                order = sale["order"].asText(), at = sale.time("at")!!, payment = sale["payment"].asInt(),
                event = sale.text("event")?.let { word<Event>(it) },
                entries = sale["entries"].map { Entry(it["line"].asText(), word<Role>(it["role"].asText()), money(it["amount"]), it.text("recipient"), it.text("rule")) },
            )
        },
    )

    private fun answer(program: Program, ledger: Ledger, ask: JsonNode): Any = when (ask["ask"].asText()) {
        "balance" -> ledger.balance(program, ask["recipient"].asText(), ask.time("at")!!).map {
            mapOf(
                "currency" to it.earned.currency, "earned" to it.earned.minor, "adjusted" to it.adjusted.minor, "pending" to it.pending.minor,
                "available" to it.available.minor, "paid_out" to it.paidOut.minor,
            )
        }
        "payout" -> ledger.payout(program, ask.time("at")!!).let { run ->
            mapOf(
                "payouts" to run.payouts.map { mapOf("recipient" to it.recipient, "minor" to it.amount.minor) },
                "withheld" to run.withheld.map { mapOf("recipient" to it.recipient, "minor" to it.amount.minor, "why" to it.why.name.lowercase()) },
            )
        }
        "orders" -> ledger.orders(program, ask.time("at")!!).map { order ->
            val shares = order.shares.map {
                mapOf("role" to it.role.name.lowercase(), "recipient" to it.recipient, "minor" to it.amount.minor, "state" to it.state.name.lowercase())
            }
            mapOf("order" to order.order, "payment" to order.payment, "state" to order.state.name.lowercase(), "shares" to shares)
        }
        "entries" -> ledger.entries(ask.time("since")).map {
            mapOf(
                "event" to it.event, "kind" to it.kind.name.lowercase(), "role" to it.role?.name?.lowercase(), "recipient" to it.recipient,
                "minor" to it.amount.minor,
            )
        }
        "statement" -> ledger.statement(ask["recipient"].asText(), ask.time("start")!!, ask.time("end")!!).map { statement ->
            mapOf("opening" to statement.opening.minor, "closing" to statement.closing.minor, "events" to statement.entries.map { it.event })
        }
        "problems" -> ledger.problems().map { mapOf("event" to it.event, "code" to it.code) }
        "next_payout" -> program.nextPayout(ask.time("at")!!).toEpochMilli()
        else -> error(ask)
    }

    private fun ledger(file: JsonNode, case: JsonNode): JsonNode {
        val program = programOf(file, case)
        val ledger = Ledger()
        val receipts = case["events"].map { value ->
            outcome {
                val receipt = ledger.apply(event(value))
                node("outcome" to receipt.outcome.name.lowercase(), "problems" to receipt.problems.map { it.code })
            }
        }
        assertEquals(null, ledger.verify(case["events"].map { event(it) }.filterIndexed { n, _ -> !receipts[n].has("error") }))
        val answers = case["asks"].map { answer(program, ledger, it) }
        val restored = Ledger.restore(ledger.snapshot())
        assertEquals(answers, case["asks"].map { answer(program, restored, it) })
        return node("receipts" to receipts, "answers" to answers)
    }

    private fun place(detail: String): String = detail.substringBefore(": ", "").takeIf { it.startsWith("/") } ?: ""

    private fun told(call: () -> JsonNode): JsonNode = try {
        call()
    } catch (error: SentbyException.Refused) {
        node("error" to error.code, "place" to place(error.detail))
    }

    private fun webhook(file: JsonNode, case: JsonNode): JsonNode = told {
        val program = programOf(file, case)
        val platform = word<Platform>(case["platform"].asText())
        val webhook = program.webhook(platform, case["secret"].asText(), case["signature"].asText(), case["body"].asText().toByteArray(), case.time("received")!!)
        val sale = webhook.sale
        val commission = sale?.let { program.commission(it, program.attribute(it, emptyList())) }
        assertEquals(webhook.affiliate, webhookTouch(webhook)?.affiliate)
        val lines = sale?.lines?.map {
            mapOf(
                "id" to it.id, "product" to it.product, "quantity" to it.quantity, "gross" to it.gross.minor, "tax" to it.tax.minor,
                "shipping" to it.shipping?.minor, "discount" to it.discount?.minor,
            )
        }
        node(
            "kind" to webhook.kind.name.lowercase(), "id" to webhook.id, "test" to webhook.test, "at" to webhook.at.toEpochMilli(), "order" to webhook.order,
            "payment" to webhook.payment,
            "sale" to sale?.let {
                mapOf("at" to it.at.toEpochMilli(), "payment" to it.payment, "country" to it.country, "first_at" to it.firstAt?.toEpochMilli(), "lines" to lines)
            },
            "refunds" to webhook.refunds.map { mapOf("id" to it.id, "line" to it.line, "minor" to it.amount.minor) },
            "affiliate" to webhook.affiliate, "campaign" to webhook.campaign,
            "affiliate_amount" to webhook.affiliateAmount?.let { mapOf("minor" to it.minor, "currency" to it.currency) },
            "token" to webhook.token, "notes" to webhook.notes.map { place(it) },
            "events" to webhookEvents(webhook, commission).map {
                mapOf("id" to it.id, "kind" to it.kind.name.lowercase(), "line" to it.line, "minor" to it.amount?.minor, "of" to it.of)
            },
        )
    }

    private fun standing(it: Standing) = mapOf(
        "affiliate" to it.affiliate, "clicks" to it.clicks, "visitors" to it.visitors, "leads" to it.leads, "sales" to it.sales,
        "conversion" to it.conversion,
        "turnover" to it.turnover.map { sums ->
            mapOf(
                "currency" to sums.revenue.currency, "revenue" to sums.revenue.minor, "refunds" to sums.refunds.minor,
                "commission" to sums.commission.minor, "per_click" to sums.perClick?.minor,
            )
        },
    )

    private fun membership(it: Membership) = mapOf("state" to it.state.name.lowercase(), "since" to it.since.toEpochMilli(), "product" to it.product)

    private fun period(it: JsonNode) = ReportPeriod(it.text("first"), it.text("last"), it.text("time_zone"))

    private fun ledgerOf(case: JsonNode) = Ledger().also { ledger -> case["events"].forEach { ledger.apply(event(it)) } }

    private fun desk(file: JsonNode, case: JsonNode): JsonNode {
        val program = programOf(file, case)
        val activities = case["activities"]?.map {
            Activity(word<Event>(it["kind"].asText()), it["affiliate"].asText(), it.time("at")!!, it.text("visitor"), it.text("link"))
        }.orEmpty()
        return when (case["op"].asText()) {
            "leaderboard" -> told {
                val board = program.leaderboard(ledgerOf(case), activities, period(case["period"]))
                node("rows" to board.rows.map { standing(it) }, "total" to standing(board.total))
            }
            "profile" -> program.profile(ledgerOf(case), activities, case["affiliate"].asText(), case.time("at")!!)?.let { profile ->
                node(
                    "affiliate" to profile.affiliate, "states" to profile.partnership.map { membership(it) }, "standing" to standing(profile.standing),
                    "links" to profile.links.map {
                        mapOf("link" to it.link, "clicks" to it.clicks, "visitors" to it.visitors, "leads" to it.leads, "last" to it.last.toEpochMilli())
                    },
                    "orders" to profile.orders.map { order ->
                        val shares = order.shares.map { mapOf("role" to it.role.name.lowercase(), "minor" to it.amount.minor, "state" to it.state.name.lowercase()) }
                        mapOf("order" to order.order, "payment" to order.payment, "state" to order.state.name.lowercase(), "shares" to shares)
                    },
                    "balances" to profile.balances.map { mapOf("currency" to it.available.currency, "available" to it.available.minor) },
                )
            } ?: nodes.nullNode()
            "diagnose" -> told {
                val asked = case["question"]
                val question = Question(
                    asked["affiliate"].asText(), asked.time("at")!!, asked.text("order"), asked["sale"].takeUnless { it.isNull }?.let { order(it) },
                    asked["touches"].map { touch(it, word<Evidence>(it["evidence"].asText())) }, period(asked["period"]),
                )
                val ledger = if (case["events"].isNull) null else ledgerOf(case)
                val others = case["others"].map { Program.fromJson(file["programs"][it.asText()].toString()) }
                json.valueToTree(
                    program.diagnose(question, ledger, others).map {
                        mapOf(
                            "code" to it.code.name.lowercase(), "affiliate" to it.affiliate, "product" to it.product, "order" to it.order,
                            "at" to it.at?.toEpochMilli(), "minor" to it.amount?.minor, "reason" to it.reason?.name?.lowercase(), "touch" to it.touch,
                        )
                    },
                )
            }
            else -> moderate(program, case)
        }
    }

    private fun moderate(first: Program, case: JsonNode): JsonNode {
        var program = first
        val steps = case["steps"].map { step ->
            val moderation =
                Moderation(step["affiliate"].asText(), word<ModerationAction>(step["action"].asText()), step.time("since")!!, step.text("product"))
            told {
                program = program.moderate(moderation)
                nodes.nullNode()
            }
        }
        val who = case["affiliate"].asText()
        val known = program.profile(Ledger(), emptyList(), who, Instant.EPOCH)
        val reasons = case["asks"].map { ask ->
            val line = Line("1", ask["product"].asText(), Money(100, "EUR"), Money(0, "EUR"))
            val order = Order("A-1", ask.time("at")!!, listOf(line))
            program.attribute(order, listOf(Touch(who, ask.time("at")!!, Evidence.MANUAL))).verdicts[0].reason.name.lowercase()
        }
        return node("steps" to steps, "states" to known?.partnership?.map { membership(it) }.orEmpty(), "reasons" to reasons)
    }

    private fun settlement(file: JsonNode, case: JsonNode): JsonNode {
        val program = programOf(file, case)
        fun settle(sale: JsonNode, earlier: List<Commission>?): Commission {
            val order = order(sale["order"])
            val credits = sale["credits"].mapIndexed { n, it -> Credit(it["affiliate"].asText(), it["weight"].asLong(), n, Evidence.COOKIE, it.text("campaign")) }
            val decision = Decision(order.id, order.at, credits, emptyList())
            return if (earlier == null) program.commission(order, decision) else program.commissionAfter(order, decision, earlier)
        }
        val earlier = if (case["earlier"].isNull) null else mutableListOf<Commission>()
        for (before in case["earlier"]) {
            val refunds = before["refunds"].map { Refund(it["id"].asText(), money(it["amount"]), null) }
            earlier!!.add(refunds.fold(settle(before, earlier)) { commission, refund -> program.refund(commission, refund) })
        }
        val sale = settle(case, earlier)
        var commission = sale
        for (step in case["refunds"]) {
            val id = step["id"].asText()
            val got = outcome {
                val next = when (step["op"].asText()) {
                    "reverse" -> program.reverse(commission, id)
                    "restore" -> program.restore(commission, step["of"].asText(), id)
                    else -> program.refund(commission, Refund(id, money(step["amount"]), step.text("line")))
                }
                val entries = rows(next.entries.drop(commission.entries.size))
                commission = next
                node("entries" to entries)
            }
            assertEquals(step["expect"], json.readTree(json.writeValueAsString(got)))
        }
        val got = mutableListOf<Pair<String, Any?>>("entries" to rows(sale.entries))
        if (case["expect"].has("grounds")) {
            got += "grounds" to sale.grounds.map {
                mapOf(
                    "line" to it.line, "role" to it.role.name.lowercase(), "recipient" to it.recipient, "rule" to it.rule,
                    "what" to it.what.name.lowercase(), "base" to it.base.minor, "percent" to it.percent, "minor" to it.amount.minor,
                )
            }
        }
        if (case["expect"].has("explain")) got += "explain" to explainCommission(commission)
        return node(*got.toTypedArray())
    }

    private fun money(file: JsonNode, case: JsonNode): JsonNode = when (case["op"].asText()) {
        "parse" -> node("minor" to parseMoney(case["text"].asText(), case["currency"].asText()).minor)
        else -> node("parts" to allocate(case["total"].asLong(), case["weights"].map { it.asLong() }))
    }

    private fun plain(it: Referral) = mapOf(
        "product" to it.product, "affiliate" to it.affiliate, "campaign" to it.campaign, "click_id" to it.clickId,
        "sub_ids" to it.subIds, "destination" to it.destination,
    )

    private fun referral(node: JsonNode) = node.run {
        val subIds = this["sub_ids"].properties().associate { it.key to it.value.asText() }
        Referral(text("affiliate"), text("product"), text("campaign"), text("click_id"), subIds, text("destination"))
    }

    private fun link(file: JsonNode, case: JsonNode): JsonNode {
        val program = programOf(file, case)
        val url = case.text("url") ?: ""
        return when (case["op"].asText()) {
            "link" -> node("url" to program.link(referral(case["referral"])))
            "decorate" -> node("url" to program.decorate(url, referral(case["referral"])))
            "carry" -> node("url" to program.carry(url, case["carrier"].asText()))
            "carried" -> node("carrier" to program.carried(url))
            "advice" -> node("advice" to program.lint().map { node("code" to it.code.name.lowercase(), "place" to it.place) })
            else -> program.read(url)
                ?.let { node("network" to it.network, "template" to it.template, "referral" to plain(it.referral)) }
                ?: nodes.nullNode()
        }
    }

    private fun identity(file: JsonNode, case: JsonNode): JsonNode {
        val kind: IdentityKind = word(case["kind"].asText())
        return node("identities" to programOf(file, case).identity(keys(file, case), kind, case["value"].asText()))
    }

    private fun network(file: JsonNode, case: JsonNode): JsonNode {
        assertTrue(file.has("cases"))
        val url = case.text("url") ?: ""
        return when (case["op"].asText()) {
            "link" -> node("url" to link(case["network"].asText(), referral(case["referral"])))
            "lint" -> node(
                "findings" to lint(url).map { node("code" to it.code.name.lowercase(), "start" to it.start, "end" to it.end) },
            )
            else -> {
                val reading = if (case["op"].asText() == "read") read(url) else readLenient(url)
                node(
                    "network" to reading.network,
                    "referral" to plain(reading.referral),
                    "second_networks" to reading.secondNetworks.map { node("network" to it.network, "referral" to plain(it.referral)) },
                    "warnings" to reading.warnings.map { it.name.lowercase() },
                )
            }
        }
    }

    private fun program(file: JsonNode, case: JsonNode): JsonNode {
        assertTrue(file.has("cases"))
        return try {
            if (case["form"].asText() == "toml") Program.fromToml(case["text"].asText()) else Program.fromJson(case["text"].asText())
            node("error" to null)
        } catch (error: SentbyException.Refused) {
            assertTrue(error.detail.contains(case["expect"]["place"].asText()), error.detail)
            node("error" to error.code, "place" to case["expect"]["place"].asText())
        }
    }
}
