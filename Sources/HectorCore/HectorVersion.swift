/// The version of Hector, as `hector --version`, nodes and plugins' version ranges know it.
package enum HectorVersion {
    package static let current = "0.1.0"
}
