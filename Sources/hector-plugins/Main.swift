import ArgumentParser
import Glibc
import HectorBuiltins

/// `hector-plugins`. What takes text out of documents confines itself first, while there is one thread.
@main
enum Main {
    static func main() async {
        let words = CommandLine.arguments
        if words.count == 4, words[1] == "extract" { exit(Extraction.run(root: words[2], path: words[3])) }
        await PluginsCommand.main()
    }
}
