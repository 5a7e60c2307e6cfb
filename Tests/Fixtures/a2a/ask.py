"""The A2A project's own client asks an agent one question and writes the answer.

usage: ask.py BASE_URL TEXT
"""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types.a2a_pb2 import Message, Part, Role, SendMessageRequest


async def main(url, text):
    async with httpx.AsyncClient(timeout=60) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        client = ClientFactory(ClientConfig(streaming=True, httpx_client=http)).create(card)
        message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)])
        async for event in client.send_message(SendMessageRequest(message=message)):
            if event.HasField("artifact_update"):
                print("".join(part.text for part in event.artifact_update.artifact.parts), end="")
    print(flush=True)


asyncio.run(main(*sys.argv[1:]))
