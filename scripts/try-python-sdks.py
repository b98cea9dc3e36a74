#!/usr/bin/env python3
"""Runs OpenAI's and Anthropic's Python SDKs against the demo: whole, streamed, tools, typed replies, errors, many at once.

    npm run demo                                            # in another terminal; it shows the key
    API_AI_TOKEN=vgw_... scripts/try-python-sdks.py         # http://127.0.0.1:8044, or the address that is given

Needs the packages openai and anthropic (tried with 3.6 and 1.9); not part of the tests.
"""

import asyncio
import io
import os
import sys
import traceback
import wave

import anthropic
import openai
from pydantic import BaseModel

url = (sys.argv[1:] or ["http://127.0.0.1:8044"])[0]
key = os.environ.get("API_AI_TOKEN") or sys.exit("API_AI_TOKEN is to be the key that the demo shows.")
gpt = openai.OpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0)
claude = anthropic.Anthropic(api_key=key, base_url=url, max_retries=0)
checks = {}


class Person(BaseModel):
    name: str
    friends: list[str]


def check(what):
    return lambda function: checks.setdefault(what, function)


def user(words):
    return [{"role": "user", "content": words}]


def raises(kind, ask):
    try:
        ask()
    except kind:
        return
    raise AssertionError(f"Nothing of the kind {kind.__name__} was raised.")


def chat(words, **more):
    return gpt.chat.completions.create(model="gemma4", messages=user(words), **more)


def messages(words, **more):
    return claude.messages.create(model="gemma4", max_tokens=200, messages=user(words), **more)


schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
weather = '[[call get_weather {"city":"Paris"}]][[call get_weather {"city":"Rome"}]]'
broken = "[[words 50]][[fault error-in-stream 20]]"


@check("openai: a chat, and the thought before it")
def _():
    message = chat("[[think a b]][[say Hi]]", reasoning_effort="low", extra_body={"top_k": 5}).choices[0].message
    assert (message.content, message.reasoning_content) == ("Hi", "a b")


@check("openai: a chat streamed, with its usage once at the end")
def _():
    chunks = list(chat("[[words 9]]", stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices).startswith("w1 w2")
    assert [chunk.usage is not None for chunk in chunks].count(True) == 1 and chunks[-1].usage.completion_tokens > 0


@check("openai: parallel tool calls, and the answer to them")
def _():
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}]
    asked = chat(weather, tools=tools).choices[0].message
    told = [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in asked.tool_calls]
    talk = [*user(weather), asked, *told]
    answer = gpt.chat.completions.create(model="gemma4", messages=talk, tools=tools).choices[0].message.content
    assert len(told) == 2 and "sunny" in answer


@check("openai: a typed reply, in Chat and in Responses")
def _():
    typed = gpt.chat.completions.parse(model="gemma4", messages=user("Who?"), response_format=Person)
    assert isinstance(typed.choices[0].message.parsed, Person)
    assert isinstance(gpt.responses.parse(model="gemma4", input="Who?", text_format=Person).output_parsed, Person)


@check("openai: a response streamed, continued and deleted")
def _():
    with gpt.responses.stream(model="gemma4", input="[[words 5]]") as stream:
        first = stream.until_done().get_final_response()
    second = gpt.responses.create(model="gemma4", input="And?", previous_response_id=first.id)
    assert first.output_text == "w1 w2 w3 w4 w5" and "3 messages" in second.output_text
    gpt.responses.delete(first.id)
    raises(openai.NotFoundError, lambda: gpt.responses.retrieve(first.id))


@check("openai: a tool call in Responses, with what was thought before it")
def _():
    tools = [{"type": "function", "name": "get_weather", "parameters": schema, "strict": True}]
    talk = user(f"[[think a b]]{weather}")
    more = {"tools": tools, "store": False, "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"}}
    output = gpt.responses.create(model="gemma4", input=talk, **more).output
    assert [item.type for item in output] == ["reasoning", "function_call", "function_call"]
    told = [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"} for call in output[1:]]
    assert "sunny" in gpt.responses.create(model="gemma4", input=[*talk, *output, *told], **more).output_text


@check("openai: embeddings, a transcription, the models")
def _():
    found = gpt.embeddings.create(model="embeddinggemma", input=["a", "b"], dimensions=8).data
    assert [len(one.embedding) for one in found] == [8, 8]
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(32000))
    assert "1.0 seconds" in gpt.audio.transcriptions.create(model="whisper", file=("a.wav", sound.getvalue())).text
    assert "gemma4" in [model.id for model in gpt.models.list()]


@check("openai: failures by class, also in the middle of a stream")
def _():
    stranger = openai.OpenAI(api_key="sk-wrong", base_url=f"{url}/v1", max_retries=0)
    raises(openai.PermissionDeniedError, stranger.models.list)
    raises(openai.UnprocessableEntityError, lambda: chat("x", temperature=9))
    raises(openai.BadRequestError, lambda: chat("word " * 60000))
    raises(openai.InternalServerError, lambda: chat("[[fault status 500]]"))
    raises(openai.APIError, lambda: list(chat(broken, stream=True)))
    raises(openai.APIError, lambda: list(gpt.responses.create(model="gemma4", input=broken, stream=True)))


@check("openai: many at once, and one that leaves early")
def _():
    async def ask():
        client = openai.AsyncOpenAI(api_key=key, base_url=f"{url}/v1")
        asks = [client.chat.completions.create(model="gemma4", messages=user("x")) for _ in range(30)]
        assert len(await asyncio.gather(*asks)) == 30
        stream = await client.chat.completions.create(model="gemma4", messages=user("[[words 4000]]"), stream=True)
        await anext(aiter(stream))
        await stream.close()

    asyncio.run(ask())


@check("anthropic: a message, and the thought before it, also when it is sent back")
def _():
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "model": "gemma4", "max_tokens": 2000}
    asked = user("[[think a b]][[say Hi]]")
    content = claude.messages.create(messages=asked, **thinking).content
    assert [block.type for block in content] == ["thinking", "text"]
    claude.messages.create(messages=[*asked, {"role": "assistant", "content": content}, *user("And?")], **thinking)


@check("anthropic: a message streamed, its tokens counted before")
def _():
    assert claude.messages.count_tokens(model="gemma4", messages=user("[[words 9]]")).input_tokens > 0
    with claude.messages.stream(model="gemma4", max_tokens=200, messages=user("[[words 9]]")) as stream:
        assert "".join(stream.text_stream).startswith("w1 w2")
        assert stream.get_final_message().usage.output_tokens > 0


@check("anthropic: parallel tool calls, and the answer to them")
def _():
    tools = [{"name": "get_weather", "input_schema": schema}]
    content = messages(weather, tools=tools).content
    told = [{"type": "tool_result", "tool_use_id": block.id, "content": "sunny"} for block in content]
    talk = [*user(weather), {"role": "assistant", "content": content}, {"role": "user", "content": told}]
    answer = claude.messages.create(model="gemma4", max_tokens=200, messages=talk, tools=tools).content[0].text
    assert len(told) == 2 and "sunny" in answer


@check("anthropic: failures by class, also in the middle of a stream")
def _():
    stranger = anthropic.Anthropic(api_key="wrong", base_url=url, max_retries=0)
    raises(anthropic.AuthenticationError, lambda: stranger.models.list())
    raises(anthropic.BadRequestError, lambda: messages("word " * 60000))
    raises(anthropic.InternalServerError, lambda: messages("[[fault status 500]]"))
    raises(anthropic.APIStatusError, lambda: list(messages(broken, stream=True)))


failed = 0
for what, function in checks.items():
    try:
        function()
        print(f"ok      {what}")
    except Exception:
        failed += 1
        print(f"FAILED  {what}\n{traceback.format_exc(limit=3)}")
sys.exit(min(failed, 1))
