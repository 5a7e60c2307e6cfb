"""What could be reached: the same work on the same machines, by one who knows all that there is to know."""
import heapq


def best_assignment(calls, machines):
    """Each call goes where it ends first; the machines work in the order of arrival.

    Args:
        calls: (moment, tokens) of each, in order.
        machines: (seconds a token, slots) of each.

    Returns the seconds that each call takes.
    """
    free = [[0.0] * slots for _, slots in machines]
    taken = []
    for moment, tokens in calls:
        end, machine = min(
            (max(moment, slots[0]) + tokens * machines[index][0], index) for index, slots in enumerate(free))
        heapq.heapreplace(free[machine], end)
        taken.append(end - moment)
    return taken


def proportional(work, machines):
    """Seconds for all of the work, if it could be cut as fine as one likes: work by the speed of all slots together."""
    return work / sum(slots / seconds for seconds, slots in machines)


def best_makespan(jobs, machines, in_flight):
    """Seconds until the last job ends, from one queue in front of all slots: the next job goes to the fastest free slot on which
    it ends before everything else does. The best of many guesses of when that is.

    Args:
        jobs: tokens of each, in order.
        machines: (seconds a token, slots) of each.
        in_flight: jobs at once: more slots than that are of no use.
    """
    slots = sorted(((seconds, number) for seconds, count in machines for number in range(count)))[:in_flight]
    ideal = sum(jobs) / sum(1 / seconds for seconds, _ in slots)
    return min(_makespan(jobs, slots, ideal * (1 + guess / 200)) for guess in range(101))


def drained(jobs, seconds, slots, after):
    """Seconds until the last job ends on two equal machines, of which the second takes no more once so many have ended.

    Args:
        jobs: tokens of each, in order.
        seconds: for a token.
        slots: of each machine; as many jobs are in flight as both have.
    """
    free = [(0.0, slot) for slot in range(2 * slots)]
    ended = -2 * slots
    last = 0.0
    for tokens in jobs:
        while True:
            moment, slot = heapq.heappop(free)
            ended += 1
            if ended < after or slot < slots:
                break
        heapq.heappush(free, (moment + tokens * seconds, slot))
        last = max(last, moment + tokens * seconds)
    return last


def _makespan(jobs, slots, limit):
    free = [0.0] * len(slots)
    for tokens in jobs:
        chosen = None
        # The slot that is free first, and of those the fastest, unless the job would end too late there.
        order = sorted(range(len(slots)), key=lambda index: (free[index], slots[index][0]))
        for index in order:
            if free[index] + tokens * slots[index][0] <= limit:
                chosen = index
                break
        if chosen is None:
            chosen = min(order, key=lambda index: free[index] + tokens * slots[index][0])
        free[chosen] += tokens * slots[chosen][0]
    return max(free)
