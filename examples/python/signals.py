"""Signals: a node waits without holding a place, or ends its branch."""

import asyncio
import os

from pydantic import BaseModel

from fanout import Client, Context, GraphBuilder, Place, Prune, RequeueAfter, Runtime, all_of, graph, node


class Question(BaseModel):
    """One branch."""

    question: str


class Answer(BaseModel):
    """The result of a branch."""

    answer: str


class Answers(BaseModel):
    """The result of a run."""

    answers: list[str]
    pruned: int


class Questions(BaseModel):
    """What a run begins with."""

    questions: list[str]


@node(name="python.Ask")
def ask(questions: list[str]) -> list[Question]:
    """Makes each question a branch."""
    return [Question(question=question) for question in questions]


@node(name="python.Answer")
async def answer(question: str, ctx: Context) -> Answer:
    """Is not ready at first, and has no answer to an empty question."""
    if not question:
        raise Prune
    looks = await ctx.store.increment(f"looks_{question}")
    if looks < 3:
        raise RequeueAfter("200ms")  # no attempt counts, and no place is held
    return Answer(answer=question)


@node(name="python.Collect")
def collect(answers: list[str], pruned: int) -> Answers:
    """Runs once, when all branches have ended."""
    return Answers(answers=answers, pruned=pruned)


@graph("python-signals", inputs=Questions)
def answers_to(g: GraphBuilder) -> Place:
    """Asks, waits for the answers, and collects them."""
    asked = g.start(ask, {"questions": g.trigger.questions})
    answered = g.after(asked, answer, {"question": asked.out.question})
    return g.unite(asked, answered, collect, {"answers": all_of(answered.out.answer), "pruned": g.counts.pruned})


async def main() -> None:
    """Hosts the nodes, and calls the graph like a function."""
    address, token = os.environ.get("FANOUT_ADDRESS", "127.0.0.1:7600"), os.environ.get("FANOUT_TOKEN", "")
    async with Client(address, token=token) as client, Runtime([ask, answer, collect], address=address, token=token):
        await client.upsert(answers_to)
        [result] = await client.call(answers_to, {"questions": ["first", "", "second"]})
        print(f"answers: {result['answers']}, pruned: {result['pruned']}")


if __name__ == "__main__":
    asyncio.run(main())
