// Is a sanitizer to be believed? `hand-overs` does nothing wrong: whoever reports something is mistaken. `race` and `overrun` each do
// one thing wrong, which has to be reported.

import Foundation
import Synchronization

final class Protected: Sendable {
    let numbers = Mutex([0])
}

/// Nothing protects it but what the caller does.
final class Unprotected: @unchecked Sendable { // So that it can be raced for.
    var numbers: [Int] = []
}

struct Expected: Error {}

func pause(microseconds: UInt32) { usleep(microseconds) }

func handOvers() async {
    // Four tasks that keep a mutex for so long that the others have to wait for it.
    let shared = Protected()
    await withTaskGroup { group in
        for _ in 0..<4 {
            group.addTask {
                for number in 0..<500 {
                    shared.numbers.withLock { $0.append(number) }
                    if number.isMultiple(of: 10) { shared.numbers.withLock { _ in pause(microseconds: 100) } }
                }
            }
        }
    }
    // The result is there before the task waits for it, or only after.
    for isEarly in [true, false] {
        func after(_ resume: @escaping @Sendable () -> Void) {
            Thread.detachNewThread {
                if !isEarly { pause(microseconds: 5000) }
                resume()
            }
            if isEarly { pause(microseconds: 5000) }
        }
        for _ in 0..<20 {
            let result = Unprotected()
            await withUnsafeContinuation { continuation in
                after { result.numbers = [1]; continuation.resume() }
            }
            result.numbers.append(2)
            try? await withUnsafeThrowingContinuation { continuation in
                after { result.numbers.append(3); continuation.resume() }
            }
            result.numbers.append(4)
            try? await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                after { result.numbers.append(5); continuation.resume(throwing: Expected()) }
            }
            result.numbers.append(6)
            await withCheckedContinuation { continuation in
                after { result.numbers.append(7); continuation.resume() }
            }
            result.numbers.append(8)
            try? await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                after { result.numbers.append(9); continuation.resume(throwing: Expected()) }
            }
            result.numbers.append(10)
            precondition(result.numbers == Array(1...10))
        }
    }
}

func race() async {
    let prize = Unprotected()
    // Holding a mutex is of no use where each has its own.
    await withTaskGroup { group in
        for _ in 0..<2 {
            group.addTask {
                let own = Mutex(0)
                for number in 0..<100 {
                    own.withLock { $0 = prize.numbers.count + number }
                    own.withLock { prize.numbers = [$0] }
                    pause(microseconds: 100)
                }
            }
        }
    }
}

func overrun() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 8)
    for index in 0...8 { bytes[index] = 0 }
    bytes.deallocate()
}

switch CommandLine.arguments.dropFirst().first {
case "hand-overs": await handOvers()
case "race": await race()
case "overrun": overrun()
default: exit(64)
}
