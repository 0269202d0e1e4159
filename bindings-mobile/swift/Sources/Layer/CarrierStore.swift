import Foundation

/// Where an app keeps one small text: the keychain, a file, user defaults. Only what the inbox wrote is given back to it, and whatever a store
/// throws costs the app no sale: the inbox goes on with what it has in memory, and tells its `onProblem`.
public protocol CarrierStore: AnyObject {
    /// The text that was saved last; nil if there is none.
    func load() throws -> String?

    /// Keeps a text of at most some kilobytes instead of the one before; nil removes it.
    func save(_ text: String?) throws
}

/// A store that forgets with the process: for tests, and for visitors who did not agree to more.
public final class MemoryStore: CarrierStore {
    private let lock = NSLock()
    private var text: String?

    public init() {}

    public func load() -> String? {
        lock.lock()
        defer { lock.unlock() }
        return text
    }

    public func save(_ text: String?) {
        lock.lock()
        defer { lock.unlock() }
        self.text = text
    }
}

/// A store in a file. A crash while it is written leaves the text before.
public final class FileStore: CarrierStore {
    private static let largest = 65_536
    private let file: URL

    public init(_ file: URL) {
        self.file = file
    }

    public func load() throws -> String? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let data = try Data(contentsOf: file)
        guard data.count <= Self.largest, let text = String(data: data, encoding: .utf8) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return text
    }

    public func save(_ text: String?) throws {
        if let text {
            try Data(text.utf8).write(to: file, options: .atomic)
        } else if FileManager.default.fileExists(atPath: file.path) {
            try FileManager.default.removeItem(at: file)
        }
    }
}
