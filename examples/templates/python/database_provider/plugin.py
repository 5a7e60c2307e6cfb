"""A vector database in memory: every vector is compared. What it keeps is gone when it stops."""

import threading

from hector_plugin import Provider, grpc, number, pb, serve
from hector.plugin import plugin_pb2_grpc


class MyDatabase(Provider, plugin_pb2_grpc.DatabaseProviderServicer):
    name, type, description = "my-plugin", "database_provider", "Keeps vectors in memory"
    most_records = 100_000

    def __init__(self):
        self.lock = threading.Lock()  # Calls come from several threads at once.
        self.collections = {}  # name: (vector size, {id: (vector, metadata)})

    def configure(self, config):
        self.most_records = number(config, "most_records", self.most_records)

    def CreateCollection(self, request, context):
        if request.vector_size < 1:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "vector_size must be at least 1")
        with self.lock:
            self.collections.setdefault(request.collection, (request.vector_size, {}))
        return pb.CreateCollectionResponse(success=True)

    def DeleteCollection(self, request, context):
        with self.lock:
            found = self.collections.pop(request.collection, None)
        if not found:
            self.refuse_unknown(request.collection, context)
        return pb.DeleteCollectionResponse(success=True)

    def Upsert(self, request, context):
        rows = self.rows(request.collection, context, request.vector)
        with self.lock:
            is_full = request.id not in rows and len(rows) >= self.most_records
            if not is_full:
                rows[request.id] = (list(request.vector), dict(request.metadata))
        if is_full:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the collection is full")
        return pb.UpsertResponse(success=True)

    def Search(self, request, context):
        rows = self.rows(request.collection, context, request.vector)
        with self.lock:
            found = [
                (sum(a * b for a, b in zip(vector, request.vector)), id, vector, metadata)
                for id, (vector, metadata) in rows.items()
            ]
        found.sort(key=lambda row: (-row[0], row[1]))
        return pb.SearchResponse(results=[
            pb.SearchResult(id=id, score=score, vector=vector, metadata=metadata)
            for score, id, vector, metadata in found[:max(0, request.top_k)]
        ])

    def Delete(self, request, context):
        rows = self.rows(request.collection, context)
        with self.lock:
            rows.pop(request.id, None)
        return pb.DeleteResponse(success=True)

    def rows(self, name, context, vector=None):
        with self.lock:
            size, rows = self.collections.get(name, (None, None))
        if rows is None:
            self.refuse_unknown(name, context)
        if vector is not None and len(vector) != size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"the vector has {len(vector)} numbers; the collection's have {size}")
        return rows

    def refuse_unknown(self, name, context):
        context.abort(grpc.StatusCode.NOT_FOUND, f"there is no collection {name!r}: create it first")


if __name__ == "__main__":
    serve(MyDatabase(), plugin_pb2_grpc.add_DatabaseProviderServicer_to_server)
