import ArgumentParser
import Glibc
import HectorConfig
import HectorCore
import HectorHost
import HectorPlugins
import Logging

/// `hector adopt`
struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Look for engines on this machine, and show the lines that use their models.",
        discussion: """
            Asks the ports where Ollama, llama.cpp, LM Studio and vLLM usually listen, if the program there belongs to root, to you, or \
            to a user that is named. Nothing is changed.

            EXAMPLES
              hector adopt
              hector adopt llama.cpp:8081 --user models
            """
    )

    @Argument(help: "The engines, each with its port if that is another than usual; all if none is named.") var engines: [String] = []
    @Option(name: .customLong("user"), help: "A user whose programs may be asked, beside root's and yours.") var users = Adoption.standardUsers
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let places = try engines.map { text in
            guard let place = Adoption.Place(text) else {
                throw ValidationError("'\(text)' is no engine: there are \(LocalEngine.allCases.map(\.rawValue).joined(separator: ", ")), each with :PORT if it needs one")
            }
            return place
        }
        let adoption = Adoption(places.isEmpty ? Adoption.everything.places : places, users: users)
        let log = logging.logger("hector", unlessSaid: .error)
        let terminal = Terminal()
        try await tryingOut { [json] in
            let survey = try await EngineSurvey.make(adoption, environment: environmentVariables(), log: log)
            try terminal.write(json ? survey.json : survey.text(for: terminal))
        }
    }
}

extension EngineSurvey {
    /// For people: what is there, and what to write.
    func text(for terminal: Terminal) -> String {
        let configuration = found.isEmpty
            ? "\n\(Self.advice)"
            : "\nTo use them, write this into hector.yaml (the first line also into agent.yaml):\n\n\(self.configuration())"
        return table(for: terminal) + configuration
    }

    /// What was found, engine by engine.
    func table(for terminal: Terminal) -> String {
        var table = Table()
        for finding in findings {
            table.add([.init(finding.place.engine.rawValue, .bold), .init(finding.summary)])
            for offer in finding.offers {
                table.add([.init(""), .init(offer.key.name), .init(offer.key.kind == .embedder ? "embedder" : "model")])
            }
        }
        return table.text(for: terminal)
    }

    /// How to get an engine.
    static let advice = """
        No engine was found. Start one, for example:

          Ollama      curl -fsSL https://ollama.com/install.sh | sh; ollama pull llama3.2:3b
          llama.cpp   llama-server -hf ggml-org/SmolLM3-3B-GGUF

        or write hector.yaml with a plugin of your own: see `hector plugin new --help`.

        """

    var json: String {
        let engines = findings.map { finding -> JSON in
            [
                "engine": .string(finding.place.engine.rawValue), "port": .integer(Int64(finding.place.port)), "summary": .string(finding.summary),
                "models": .array(finding.offers.map { ["name": .string($0.key.name), "type": .string($0.key.kind.rawValue), "digest": .string($0.digest)] }),
            ]
        }
        return JSON.object(["engines": .array(engines), "configuration": .string(found.isEmpty ? "" : configuration())]).text + "\n"
    }
}
