internal import COpenSSL

/// Owns one reference to an OpenSSL certificate.
final class X509Certificate {
    let pointer: OpaquePointer

    /// Takes over the reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(pointer) }

    var der: [UInt8] {
        let count = i2d_X509(pointer, nil)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, used in
            var out = buffer.baseAddress
            used = Int(i2d_X509(pointer, &out))
        }
    }

    var pem: String {
        MemoryBIO.collect { PEM_write_bio_X509($0, pointer) == 1 } ?? ""
    }

    /// All certificates of a PEM text, in its order; keys and other blocks are passed over.
    ///
    /// - Throws: `brokenBlock` with the number of the block that cannot be read: of a bundle, all counts or nothing.
    static func all(inPEM pem: String) throws(TLSError) -> [X509Certificate] {
        var certificates: [X509Certificate] = []
        for block in try PEMBlock.all(in: pem) where block.isCertificate { certificates.append(try X509Certificate(block)) }
        return certificates
    }

    private convenience init(_ block: PEMBlock) throws(TLSError) {
        clearErrorQueue()
        // TRUSTED CERTIFICATE, OpenSSL's own form, has more behind the certificate.
        guard let bio = MemoryBIO(reading: block.text),
            let pointer = block.label == "TRUSTED CERTIFICATE"
                ? PEM_read_bio_X509_AUX(bio.pointer, nil, nil, nil) : PEM_read_bio_X509(bio.pointer, nil, nil, nil)
        else {
            var error = TLSError.drain(.badConfiguration, "the certificate in \(block.place) cannot be read")
            error.fault = .brokenBlock
            throw error
        }
        self.init(owning: pointer)
    }

    convenience init(der: [UInt8]) throws(TLSError) {
        clearErrorQueue()
        let pointer = der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_X509(nil, &start, bytes.count)
        }
        guard let pointer else { throw TLSError.drain(.badConfiguration, "the certificate is not valid DER") }
        self.init(owning: pointer)
    }
}

/// A BIO over memory, for PEM texts.
final class MemoryBIO {
    let pointer: OpaquePointer

    init?(reading text: String) {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        pointer = bio
        let bytes = Array(text.utf8)
        guard bytes.isEmpty || BIO_write(bio, bytes, Int32(clamping: bytes.count)) == bytes.count else { return nil }
    }

    private init?() {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        pointer = bio
    }

    deinit { BIO_free(pointer) }

    static func collect(_ write: (OpaquePointer) -> Bool) -> String? {
        guard let bio = MemoryBIO(), write(bio.pointer) else { return nil }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = hector_bio_memory(bio.pointer, &bytes)
        guard let bytes, count > 0 else { return "" }
        return bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }
}
