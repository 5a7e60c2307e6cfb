import HectorAgents
import HectorCore

/// The documents that an answer rests on, in each dialect's own form.
extension [Citation] {
    /// `annotations` of OpenAI's chat completions. Their only kind is an address, so a document has a `urn:` of its own.
    var chatAnnotations: JSON {
        .array(map { citation in
            let address: JSON = [
                "start_index": .integer(Int64(citation.range.lowerBound)), "end_index": .integer(Int64(citation.range.upperBound)),
                "title": .string(citation.passage.name), "url": .string(citation.passage.address),
            ]
            return ["type": "url_citation", "url_citation": address]
        })
    }

    /// `annotations` of an `output_text` of OpenAI's responses.
    var responseAnnotations: [JSON] {
        map { citation in
            [
                "type": "file_citation", "index": .integer(Int64(Swift.max(0, citation.range.upperBound - 1))), "file_id": .string(citation.passage.address),
                "filename": .string(citation.passage.name),
            ]
        }
    }

    /// `citations` of a text block of Anthropic's messages, as of search results.
    var messageCitations: [JSON] {
        map { citation in
            [
                "type": "search_result_location", "cited_text": .string(citation.passage.text), "source": .string(citation.passage.address),
                "title": .string(citation.passage.name), "search_result_index": .integer(Int64(citation.passage.number - 1)), "start_block_index": 0,
                "end_block_index": 1,
            ]
        }
    }

    /// In the metadata of an A2A artifact.
    var extensionJSON: JSON {
        .array(map { citation in
            [
                "number": .integer(Int64(citation.passage.number)), "store": .string(citation.passage.store), "source": .string(citation.passage.source),
                "title": .string(citation.passage.title), "place": .string(citation.passage.place),
                "start": .integer(Int64(citation.range.lowerBound)), "end": .integer(Int64(citation.range.upperBound)),
            ]
        })
    }
}
