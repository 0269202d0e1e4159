package dev.sentby.app

/** Something that the inbox got around: a link that is none, a store that failed. Nothing was thrown for it. */
data class InboxProblem(
    /** A stable code: one of sentby's, or `store_failed`, `store_damaged`, `token_expired`. */
    val code: String,
    /** What happened, in one line. */
    val detail: String,
)

/** Is told what an inbox got around, on the thread of the call. */
fun interface ProblemListener {
    fun onProblem(problem: InboxProblem)
}
