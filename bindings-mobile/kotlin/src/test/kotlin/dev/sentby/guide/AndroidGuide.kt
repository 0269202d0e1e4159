package dev.sentby.guide

import android.app.Activity
import android.app.Application
import android.content.Context
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.webkit.WebView
import android.webkit.WebViewClient
import com.android.installreferrer.api.InstallReferrerClient
import com.android.installreferrer.api.InstallReferrerClient.InstallReferrerResponse
import com.android.installreferrer.api.InstallReferrerStateListener
import dev.sentby.Consent
import dev.sentby.Program
import dev.sentby.app.CarrierStore
import dev.sentby.app.FileStore
import dev.sentby.app.ReferralInbox
import java.io.File

class ShopApp : Application() {
    lateinit var inbox: ReferralInbox

    override fun onCreate() {
        super.onCreate()
        val program = Program.fromToml(assets.open("program.toml").reader().readText())
        inbox = ReferralInbox(program, FileStore(File(filesDir, "sentby")), storePage = "https://webinarhaus.example/app") { problem ->
            println("${problem.code}: ${problem.detail}")
        }
        readInstallReferrer()
    }

    private fun readInstallReferrer() {
        val client = InstallReferrerClient.newBuilder(this).build()
        client.startConnection(object : InstallReferrerStateListener {
            override fun onInstallReferrerSetupFinished(responseCode: Int) {
                if (responseCode == InstallReferrerResponse.OK) inbox.receiveInstallReferrer(client.installReferrer.installReferrer)
                client.endConnection()
            }

            override fun onInstallReferrerServiceDisconnected() = Unit
        })
    }
}

class WebinarActivity : Activity() {
    private val inbox get() = (application as ShopApp).inbox

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        intent.dataString?.let { inbox.receive(it) }
    }

    override fun onNewIntent(intent: Intent) {
        intent.dataString?.let { inbox.receive(it) }
    }

    fun answered(allowed: Boolean) {
        inbox.consent = if (allowed) Consent.GRANTED else Consent.DENIED
    }

    fun buy() {
        val url = inbox.purchaseUrl("https://shop.example/checkout?sku=course")
        startActivity(Intent(Intent.ACTION_VIEW, Uri.parse(url)))
    }

    fun show(page: WebView) {
        val own = setOf("webinarhaus.example", "shop.example")
        page.setWebViewClient(object : WebViewClient() {
            override fun shouldOverrideUrlLoading(view: WebView, url: String): Boolean {
                val carried = inbox.follow(url, own)
                if (carried != url) view.loadUrl(carried)
                return carried != url
            }
        })
        page.loadUrl(inbox.purchaseUrl("https://webinarhaus.example/webinar/spring"))
    }
}

class PreferencesStore(context: Context) : CarrierStore {
    private val preferences = context.getSharedPreferences("sentby", Context.MODE_PRIVATE)

    override fun load(): String? = preferences.getString("carriers", null)

    override fun save(text: String?) = preferences.edit().putString("carriers", text).apply()
}
