internal import COpenSSL

/// What a peer's certificate says; read after its chain and signature were found right.
package struct PeerCertificate: Sendable, Equatable {
    /// URI subject alternative names, in order.
    package var uris: [String]
    /// DNS subject alternative names, in order.
    package var dnsNames: [String]
    package var commonName: String
    /// Seconds since 1970.
    package var notBefore: Int64
    /// Seconds since 1970.
    package var notAfter: Int64
    package var der: [UInt8]

    package init(uris: [String], dnsNames: [String], commonName: String, notBefore: Int64 = 0, notAfter: Int64, der: [UInt8]) {
        self.uris = uris
        self.dnsNames = dnsNames
        self.commonName = commonName
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.der = der
    }

    /// Reads the first certificate of a PEM text.
    package init(pem: String) throws(TLSError) {
        guard let certificate = try X509Certificate.all(inPEM: pem).first else {
            throw TLSError(.badConfiguration, "no certificate in the PEM text")
        }
        self.init(certificate)
    }

    init(_ certificate: X509Certificate) {
        uris = []
        dnsNames = []
        let x509 = certificate.pointer
        if let extensions = X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) {
            let names = OpaquePointer(extensions)
            defer { hector_general_names_free(names) }
            for index in 0..<hector_general_names_count(names) {
                guard let name = hector_general_name(names, index) else { continue }
                var kind: Int32 = 0
                guard let value = GENERAL_NAME_get0_value(name, &kind), kind == GEN_URI || kind == GEN_DNS else { continue }
                let text = Self.string(OpaquePointer(value))
                if kind == GEN_URI { uris.append(text) } else { dnsNames.append(text) }
            }
        }
        commonName = ""
        if let subject = X509_get_subject_name(x509) {
            let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
            if index >= 0, let entry = X509_NAME_get_entry(subject, index), let data = X509_NAME_ENTRY_get_data(entry) {
                commonName = Self.string(OpaquePointer(data))
            }
        }
        // A time that cannot be read makes the certificate one that is never valid.
        notBefore = Self.seconds(X509_get0_notBefore(x509)) ?? .max
        notAfter = Self.seconds(X509_get0_notAfter(x509)) ?? 0
        der = certificate.der
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var fields = tm()
        return ASN1_TIME_to_tm(time, &fields) == 1 ? Int64(timegm(&fields)) : nil
    }

    private static func string(_ value: OpaquePointer) -> String {
        let value = UnsafePointer<ASN1_STRING>(value)
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(value), count: Int(ASN1_STRING_length(value)))
        return String(decoding: bytes, as: UTF8.self)
    }
}
