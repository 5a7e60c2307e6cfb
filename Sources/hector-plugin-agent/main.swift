print("hector")
